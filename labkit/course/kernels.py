"""
The one kernel that the course runs on.

A *kernelspec* is a file that says how to start a kernel. Jupyter looks for them in a user's home
as well, and one named ``python3`` there would win over this environment's and run the notebooks
where labkit isn't installed. So the course looks nowhere.

Floor 4: only JupyterLab loads this, by its name in ``workspace.lab_arguments``.
"""

from jupyter_client.kernelspec import KernelSpecManager
from traitlets import default


class ThisEnvironment(KernelSpecManager):
    """Offers one kernel, ``python3``: the interpreter that JupyterLab itself runs in."""

    @default("kernel_dirs")
    def _kernel_dirs_default(self) -> list[str]:
        """Search no folder; Jupyter then falls back to its own interpreter's ipykernel."""
        return []
