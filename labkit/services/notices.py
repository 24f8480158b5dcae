"""
What the outside search service knows: notices of suppliers and rules of thumb, made up.

They are of use beside the runbooks of the plants: what causes a fault, what a part is made of, how
long something lasts. Nothing here is about a real product or firm.

Floor 2: imports nothing.
"""

from typing import NamedTuple


class Notice(NamedTuple):
    """One text. *source* says what sort of place it comes from."""

    id: str
    source: str
    title: str
    text: str


NOTICES = (
    Notice("n01", "supplier", "Gripper pads: when to change them",
        "Polyurethane gripper pads harden with heat. On hot parts such as turbine blades they last "
        "about 4,000 grips; on cold parts about 12,000. Worn pads leave long, parallel scratches."),
    Notice("n02", "supplier", "Gripper pads: recall of batch GP-26-02",
        "Pads of batch GP-26-02, delivered in February 2026, are too hard and scratch polished "
        "surfaces. Replace them; the supplier sends new ones free of charge."),
    Notice("n03", "handbook", "Scratches, dents, cracks, stains: what usually causes them",
        "Scratches come from grippers and rails, dents from collisions and drops, cracks from heat "
        "treatment, stains from coolant that dried. Look at the direction of a scratch first."),
    Notice("n04", "handbook", "How many parts prove a defect rate",
        "With n inspected parts and no defect, the true rate is below 3/n with 95 percent "
        "confidence. Ten sound parts prove only that the rate is below 30 percent."),
    Notice("n05", "supplier", "Coolant that leaves stains",
        "A coolant mix under 5 percent leaves brown stains on brass and steel within an hour. "
        "Measure the mix each morning and wipe parts before they dry."),
    Notice("n06", "handbook", "Cracks in turbine blades",
        "Cracks at the root of a blade are found with dye, not with a camera. A camera that "
        "reports many of them mostly sees scratches across the grain."),
    Notice("n07", "supplier", "Camera lenses: cleaning",
        "Use a blower, then one lens tissue. Alcohol dissolves the coating of type C lenses."),
    Notice("n08", "standard", "Quarantine of suspect lots",
        "A suspect lot is marked, kept apart and listed. It is released by somebody other than the "
        "person who quarantined it. The reason for both is written down."),
    Notice("n09", "standard", "Sampling plans for inspection",
        "Inspecting every tenth part finds a rate of 10 percent within 30 inspections in 95 of 100 "
        "cases. For a rate of 1 percent about 300 inspections are needed."),
    Notice("n10", "handbook", "Brake discs: rust film after washing",
        "A thin film of rust forms on washed discs within minutes. It is no defect; dry the discs "
        "with warm air before the camera."),
    Notice("n11", "supplier", "Syringes: glass particles",
        "Particles come from glass-to-glass contact on the conveyor. Lower its speed or add "
        "dividers; washing does not help."),
    Notice("n12", "supplier", "Bottle caps: flash at the seam",
        "Flash at the seam points to a worn mould or too much pressure. Change the mould after "
        "two million caps."),
    Notice("n13", "handbook", "When a new model version changes the defect rate",
        "Compare both versions on the same parts before you compare rates. A lower threshold finds "
        "more defects and more false alarms."),
    Notice("n14", "supplier", "Valve seats: chatter marks",
        "Chatter marks look like regular dents. They come from a loose spindle, at speeds above "
        "the second resonance."),
    Notice("n15", "handbook", "Lighting for polished parts",
        "Polished parts reflect the camera itself. Use a dome light; a ring light makes stains "
        "out of reflections."),
    Notice("n16", "supplier", "Bone screws: burrs on the thread",
        "Burrs appear when the threading insert is worn, after about 1,500 screws of titanium."),
)  # fmt: skip
