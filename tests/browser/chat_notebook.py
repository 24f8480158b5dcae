"""What the browser tests of the chat share: a notebook with chats, and how one types and looks."""

import shutil
from pathlib import Path

import nbformat
from browser.contrast_kit import PICTURES, grave, hard_to_read

ROOT = Path(__file__).parents[2]
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}


def plant(clone, name, cells):
    """Write a notebook of code cells into the clone, and what scripted models need beside it."""
    made = [nbformat.v4.new_code_cell(s.strip(), id=f"cell-{n}") for n, s in enumerate(cells)]
    notebook = nbformat.v4.new_notebook(cells=made, metadata=KERNEL)
    nbformat.write(notebook, clone / "notebooks" / name)
    shutil.copy(ROOT / "tests" / "agent" / "model_kit.py", clone)


def say(lab, text):
    lab.page.keyboard.type(text)
    lab.page.keyboard.press("Enter")


def chat_in(lab, cell):
    """Return the chat that a cell shows."""
    return lab.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".lk-chat")


def saved(lab, cell=1):
    """Return what the notebook keeps of the chat."""
    return lab.cells()[cell]["outputs"][-1]["data"]


def look(lab, chat, stem):
    """Let axe look at the chat, measure its contrast, and save it for a person, light and dark."""
    PICTURES.mkdir(exist_ok=True)
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        assert grave(lab.page, ".lk-chat") == []
        assert hard_to_read(chat) == []
        chat.scroll_into_view_if_needed()
        lab.page.screenshot(path=PICTURES / f"{stem}-{theme.lower()}.png")
