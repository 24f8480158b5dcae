"""
The learner's copy of the course, and JupyterLab on it.

*course*: the notebooks as they are in the clone. *work*: the folder beside them that the learner
works in; ours to add to, never to overwrite. *given*: the version of a file that the learner was
last given, kept in `MANIFEST` as a hash. A copy that still has that hash is untouched and may be
brought up to date; any other is the learner's, and a new version is put beside it.

Floor 4: knows errors. Jupyter's packages load when a function needs them: the course can be
copied, and a script can import labkit, without them.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from labkit.errors import MissingDependency, StorageError

MANIFEST = ".labkit.json"
LAB_STATE = ".labkit"  # Which tabs were open: the course's own, not those of the user's other work.
PACKAGE = Path(__file__).resolve().parents[1]
OVERRIDES = Path(__file__).resolve().parent / "jupyterlab"


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    What one `deliver` did. Paths are relative to the work folder, with ``/``.

    Attributes:
        added: Copied for the first time, or again because the learner had removed them.
        updated: Untouched copies that were replaced by a newer version.
        beside: A file that the learner changed, and where its newer version was put.
        as_given: All files that hold what the course delivered: what may be marked as trusted.
    """

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    beside: list[tuple[str, str]] = field(default_factory=list)
    as_given: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Say it in a line each; nothing where nothing happened."""
        told = []
        if self.added:
            told.append(f"new in your folder: {', '.join(self.added)}")
        if self.updated:
            told.append(f"brought up to date: {', '.join(self.updated)}")
        told += [
            f"kept your {mine}; its new version is beside it: {new}" for mine, new in self.beside
        ]
        return told


def find_course(package: Path = PACKAGE) -> Path:
    """
    Return the folder of the notebooks, beside the folder of the *package*.

    Raises:
        StorageError: labkit runs from somewhere else than a clone, so they aren't there.
    """
    course = package.parent / "notebooks"
    if not any(course.glob("*.ipynb")):
        raise StorageError(
            f"There are no notebooks in {course}: the course comes with a clone of labkit, not with"
            " the package alone. Clone it and run `make lab` there."
        )
    return course


def deliver(course: Path, work: Path) -> Delivery:
    """
    Bring *work* up to date with *course* without touching what the learner changed.

    A file that the learner removed comes again: that is the way to start one over.

    Raises:
        StorageError: A file can't be read or written; the text names it.
    """
    done = Delivery()
    try:
        given = _read_manifest(work)
        for name in _files(course):
            given[name] = _deliver_one(name, (course / name).read_bytes(), work, given, done)
        _write(work / MANIFEST, json.dumps(given, indent=1, sort_keys=True).encode())
    except OSError as error:
        raise StorageError(
            f"The course can't be copied to {work}: {error}. Mend that or remove what is in the"
            " way, then run the same command again."
        ) from error
    return done


def _deliver_one(name: str, new: bytes, work: Path, given: dict[str, str], done: Delivery) -> str:
    """Put one file where it belongs and return its hash."""
    version, last = _hash(new), given.get(name)
    mine = _hash_of(work / name)
    place: str | None = name
    if mine is None:
        done.added.append(name)
    elif mine == version:
        pass
    elif mine == last:
        done.updated.append(name)
    elif version == last:  # The learner's own, and they were given this version before.
        place = None
    else:
        place = _free_name(work, name, {last, version})
        done.beside.append((name, place))
    if place is not None:
        if mine != version:
            _write(work / place, new)
        done.as_given.append(place)
    return version


def _files(course: Path) -> list[str]:
    """Return the course's files in order, without what editors and Python leave behind."""
    found = (path.relative_to(course) for path in course.rglob("*") if path.is_file())
    return sorted(
        path.as_posix()
        for path in found
        if not any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    )


def _free_name(work: Path, name: str, ours: set[str | None]) -> str:
    """Return a name beside *name* that is free, or holds nothing but a version of *ours*."""
    path = Path(name)
    count = 1
    while True:
        mark = ".new" if count == 1 else f".new-{count}"
        place = path.with_name(f"{path.stem}{mark}{path.suffix}").as_posix()
        there = _hash_of(work / place)
        if there is None or there in ours:
            return place
        count += 1


def _read_manifest(work: Path) -> dict[str, str]:
    """Return what was given; nothing when it's damaged, so that every file counts as changed."""
    try:
        found = json.loads((work / MANIFEST).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {k: v for k, v in found.items() if isinstance(v, str)}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _hash_of(path: Path) -> str | None:
    """Return the hash of a file, None when nothing is there."""
    try:
        return _hash(path.read_bytes())
    except FileNotFoundError:
        return None


def _write(path: Path, content: bytes) -> None:
    """Write whole or not at all: a full disk leaves what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def trust(work: Path, names: Iterable[str]) -> None:
    """
    Mark notebooks of ours as trusted, so that their saved HTML shows before the first run.

    The signatures go where JupyterLab looks for them, the user's own Jupyter data folder.

    Raises:
        MissingDependency: Jupyter isn't installed.
    """
    require_jupyter()
    # Loaded here: who only imports labkit.course needs no Jupyter.
    from nbformat import read
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary()
    try:
        for name in names:
            if name.endswith(".ipynb"):
                notebook = read(work / name, as_version=4)
                if not notary.check_signature(notebook):
                    notary.sign(notebook)
    finally:
        notary.store.close()


def require_jupyter() -> None:
    """Raise `MissingDependency` unless JupyterLab is installed."""
    if find_spec("jupyterlab") is None:
        raise MissingDependency(
            "JupyterLab isn't installed for this Python: run `make lab`, which brings it, or"
            " `pip install 'labkit[course]'`."
        )


def lab_arguments(work: Path, first: str, *, as_root: bool = False) -> list[str]:
    """
    Return the arguments with which JupyterLab opens *first* in *work*.

    They come before the user's own configuration, which keeps its theme and its shortcuts.

    Args:
        work: The learner's folder; JupyterLab shows nothing above it.
        first: The notebook to open, relative to *work*.
        as_root: Let root run it. Jupyter refuses by default, for fear of a server that others
            reach; this one listens on the loopback address and asks for its token.
    """
    return [
        f"--ServerApp.root_dir={work}",
        f"--LabApp.default_url=/lab/tree/{quote(first)}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.allow_root={as_root}",
        "--ServerApp.answer_yes=True",  # Ctrl-C stops it, without a question.
        "--ServerApp.kernel_spec_manager_class=labkit.course.kernels.ThisEnvironment",
        f"--LabApp.workspaces_dir={work / LAB_STATE}",
        # Nothing is fetched from elsewhere: no news, no versions, no list of extensions.
        f"--LabApp.app_settings_dir={OVERRIDES}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--Application.log_level=WARN",  # Its address and what goes wrong, not each request.
    ]
