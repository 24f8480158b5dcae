"""
The slow vision model: it looks for a fault in the picture of a part, with numpy, on one CPU.

The pictures are drawn here too, from the number of an inspection: brushed metal, and a fault if the
inspection found one. What looks at them knows nothing of that: it compares each place with the
texture around it, for lines and blobs in several directions and sizes. It takes a good part of a
second and holds the interpreter's lock for much of it, as such models do. So it belongs into a
process of its own::

    with VisionWorker() as worker:
        worker.judge(17, "scratch")       # waits for the other process, not for this CPU

``python -m labkit.vision`` is that process: a line of JSON in, a line of JSON out. It isn't forked,
and it doesn't import the caller's script again, as `multiprocessing` would on some systems.

Floor 1: numpy, errors.
"""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO, Any, Literal, Self, get_args

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from labkit.errors import ServiceError, UsageError

Picture = NDArray[np.float64]
Kind = Literal["scratch", "dent", "crack", "stain"]

SIDE = 224  # Pixels of a picture's side.
THRESHOLD = 0.5  # A part whose score reaches it is called defective.
DIRECTIONS = 12  # In which lines are looked for.
SIZES = (9, 15, 21)  # Pixels of a filter's side.
ANSWER_LIMIT_S = 60.0  # Our choice: a hundred times what it takes.
_FULL_CONTRAST = 30.0  # Standard deviations of the texture at which a fault can't be overlooked.


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What the model says of one picture.

    Attributes:
        score: From 0 (sound) to 1 (defective), two decimals.
        defective: Whether the score reaches `THRESHOLD`.
        row: Where it looks worst, in pixels from the top.
        column: The same from the left.
    """

    score: float
    defective: bool
    row: int
    column: int


def picture(inspection_id: int, kind: Kind | None = None) -> Picture:
    """
    Draw the part of an inspection, `SIDE` by `SIDE` grey values from 0 to 1.

    The same number gives the same picture on every machine.

    Args:
        inspection_id: 1 or more.
        kind: The fault that it has; None for a sound part.

    Raises:
        UsageError: A number below 1, or no such fault.
    """
    if type(inspection_id) is not int or inspection_id < 1:
        raise UsageError("inspection_id is a whole number, 1 or more")
    if kind is not None and kind not in get_args(Kind):
        raise UsageError(f"kind is one of {', '.join(get_args(Kind))}, or None for a sound part")
    bits = np.random.PCG64(inspection_id)
    noise = (bits.random_raw(SIDE * SIDE) >> np.uint64(11)).astype(np.float64) / 2**53
    metal = 0.62 + 0.05 * (_brushed(noise.reshape(SIDE, SIDE)) - 0.5)
    if kind is not None:
        down, right, strong = (int(raw >> np.uint64(33)) for raw in bits.random_raw(3))
        row, column = (place % (SIDE // 2) + SIDE // 4 for place in (down, right))
        metal -= (0.04 + 0.12 * (strong % 8) / 7) * _fault(kind, row, column)
    return np.clip(metal, 0.0, 1.0)


def _brushed(noise: Picture) -> Picture:
    """Smear noise along the rows, as a brush does metal."""
    padded = np.pad(noise, ((0, 0), (4, 4)), mode="edge")
    smeared: Picture = sliding_window_view(padded, 9, axis=1).mean(axis=-1)
    return smeared


def _fault(kind: Kind, row: int, column: int) -> Picture:
    """Return how dark a fault is at each pixel, 0 to 1."""
    down, right = np.mgrid[:SIDE, :SIDE].astype(np.float64)
    down, right = down - row, right - column
    dark: Picture
    if kind == "dent":
        dark = np.exp(-(down**2 + right**2) / 60.0)
    elif kind == "stain":
        dark = 0.6 / (1.0 + np.exp(np.hypot(down, 1.6 * right) - 14.0))
    else:
        bend = 0.0 if kind == "scratch" else 4.0 * np.sin(right / 7.0)
        away = down - 0.4 * right - bend
        dark = np.exp(-(away**2) / 2.0) * (np.abs(right) < 45)
    return dark


def look(seen: Picture) -> Verdict:
    """
    Say whether there is a fault in a picture, and where. This is the slow part.

    Args:
        seen: As `picture` draws them.

    Raises:
        UsageError: Another shape.
    """
    if not isinstance(seen, np.ndarray) or seen.shape != (SIDE, SIDE):
        raise UsageError(f"a picture has {SIDE} by {SIDE} grey values")
    worst = np.zeros_like(seen)
    for kernel in _filters():
        response = np.abs(_filtered(seen, kernel))
        spread = np.median(response) / 0.6745 + 1e-9  # Standard deviation, by the median (normal).
        worst = np.maximum(worst, response / spread)
    row, column = np.unravel_index(int(worst.argmax()), worst.shape)
    score = round(float(np.clip((worst.max() - 5.0) / _FULL_CONTRAST, 0.0, 1.0)), 2)
    return Verdict(score, score >= THRESHOLD, int(row), int(column))


def _filters() -> Iterator[Picture]:
    """Yield a blob and lines in `DIRECTIONS` directions, for each of `SIZES`; each adds up to 0."""
    for size in SIZES:
        down, right = np.mgrid[:size, :size].astype(np.float64) - size // 2
        blob = np.exp(-(down**2 + right**2) / (size / 2.0))
        yield blob - blob.mean()
        for angle in np.pi * np.arange(DIRECTIONS) / DIRECTIONS:
            across = down * np.cos(angle) - right * np.sin(angle)
            line = np.exp(-(across**2) / 2.0)
            yield line - line.mean()


def _filtered(seen: Picture, kernel: Picture) -> Picture:
    """Slide *kernel* over the picture, row by row: an image of windows would take a gigabyte."""
    half = kernel.shape[0] // 2
    padded = np.pad(seen, half, mode="reflect")
    rows = (padded[top : top + kernel.shape[0]] for top in range(SIDE))
    return np.stack([_slid(strip, kernel) for strip in rows])


def _slid(strip: Picture, kernel: Picture) -> Picture:
    windows = sliding_window_view(strip, kernel.shape[1], axis=1)
    summed: Picture = np.einsum("ijk,ik->j", windows, kernel)
    return summed


class VisionWorker:
    """
    The model in a process of its own, started at the first question, asked by one at a time.

    Attributes:
        started: How many processes there were; more than one means that one was lost.
    """

    def __init__(self) -> None:
        self.started = 0
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def judge(self, inspection_id: int, kind: Kind | None = None) -> Verdict:
        """
        Have the part of an inspection looked at. Blocks the calling thread, not its CPU.

        Raises:
            UsageError: As `picture`.
            ServiceError: The process was lost; the next question starts another.
        """
        picture_of = {"inspection_id": inspection_id, "kind": kind}
        with self._lock:
            answer = self._asked(json.dumps(picture_of))
        if "error" in answer:
            raise UsageError(str(answer["error"]))
        return Verdict(**answer)

    def close(self) -> None:
        """End the process. Twice is once."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()  # A question under way is lost: whoever asked it wants to stop.
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):  # What was still to be sent is lost with it.
                    _stream(stream).close()
            process.wait()

    def _asked(self, line: str) -> dict[str, Any]:
        process = self._running()
        answer = ""
        watch = threading.Timer(ANSWER_LIMIT_S, process.kill)
        watch.start()
        try:
            with contextlib.suppress(OSError, ValueError):  # It ended, or is being closed.
                _stream(process.stdin).write(f"{line}\n")
                _stream(process.stdin).flush()
                answer = _stream(process.stdout).readline()
        except BaseException:  # Ctrl-C: its answer would be taken for that of the next question.
            self.close()
            raise
        finally:
            watch.cancel()
        if not answer:
            self.close()
            raise ServiceError("the process of the vision model ended; ask again to start another")
        found: dict[str, Any] = json.loads(answer)
        return found

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None or self._process.poll() is not None:
            self.close()
            self.started += 1
            self._process = subprocess.Popen(
                [sys.executable, "-m", "labkit.vision"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # Ctrl-C is meant for who asks, not for the model;
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # so on Windows.
            )
        return self._process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<VisionWorker {'running' if self._process else 'not started'}>"


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream is not None, "both ends are pipes"
    return stream


def _serve(questions: IO[str], answers: IO[str]) -> None:
    """Answer one line after the other until the questions end, as they do with their sender."""
    for line in questions:
        try:
            answer = asdict(look(picture(**json.loads(line))))
        except UsageError as error:
            answer = {"error": str(error)}
        answers.write(f"{json.dumps(answer)}\n")
        answers.flush()


if __name__ == "__main__":
    _serve(sys.stdin, sys.stdout)
