"""
What goes for everything on a page: no grave fault, text that can be read, a picture to look at.

*Contrast* is that of a text's ink against what lies behind it, as painted.
"""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

from labkit.pictures.palette import MIN_CONTRAST, contrast

PICTURES = Path(__file__).parents[2] / "test-output"
# Each text in the element that shows: its ink, and the first ground behind it that isn't
# see-through, both as the browser paints them, whatever notation the style has.
INKS = """element => {
  const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const painted = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [a, '#' + [r, g, b].map((one) => one.toString(16).padStart(2, '0')).join('')];
  };
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const [alpha, colour] = painted(getComputedStyle(at).backgroundColor);
      if (alpha === 255) return colour;
      if (alpha > 0) return 'half see-through';
    }
    return '#ffffff';
  };
  const texts = [element, ...element.querySelectorAll('*')].filter((one) => one.checkVisibility()
    && (one.value || [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim())));
  return texts.map((one) => [(one.value || one.textContent).slice(0, 40),
    painted(getComputedStyle(one).color)[1], behind(one)]);
}"""


def hard_to_read(view):
    """Return the texts of a locator's element with too little contrast, each with its colours."""
    found = view.evaluate(INKS)
    assert len(found) > 5  # So it looked at something.
    return [each for each in found if contrast(each[1], each[2]) < MIN_CONTRAST]


def grave(page, context):
    """Return what axe calls serious or critical within a selector: the rule, the elements, why."""
    found = Axe().run(page, context=context).response["violations"]
    bad = [each for each in found if each["impact"] in ("serious", "critical")]
    return [(e["id"], [n["html"] + n["failureSummary"] for n in e["nodes"]]) for e in bad]


def take_picture(view, stem):
    """Save what a locator shows, for a person to look at."""
    PICTURES.mkdir(exist_ok=True)
    view.scroll_into_view_if_needed()
    view.screenshot(path=PICTURES / f"{stem}.png")


def look_at(lab, views, context, theme):
    """
    Take pictures of views, and see that nothing grave was found and every text can be read.

    Args:
        lab: JupyterLab, in *theme*; it's light afterwards.
        views: The locators, each by the name of its picture.
        context: The selector of them all.
    """
    found = grave(lab.page, context)
    faint = [each for view in views.values() for each in hard_to_read(view)]
    for stem, view in views.items():
        take_picture(view, f"{stem}-{theme.lower()}")
    lab.theme("Light")
    assert found == []
    assert faint == []
    assert lab.errors == []
