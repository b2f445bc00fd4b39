"""One way to tell a person how far long work is: on standard error, and only there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

Progress = Callable[[str], None]

WIDTH_OF_A_FILE = 132  # where there is no terminal to ask


def _console(stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=WIDTH_OF_A_FILE)


out = _console(stderr=False)
err = _console(stderr=True)


def quiet(_message: str) -> None:
    """Say nothing."""


@contextmanager
def showing(title: str) -> Iterator[Progress]:
    """A line that tells the current step: a spinner on a terminal, a line a step elsewhere."""
    if err.is_terminal:
        with err.status(title) as status:
            yield lambda message: status.update(f"{title}: {message}")
    else:
        yield lambda message: err.print(f"{title}: {message}")


Count = Callable[[int], None]


@contextmanager
def counting(title: str, total: int) -> Iterator[Count]:
    """A bar that moves as parts of long work end: called with the number done so far; a line each where there is no terminal."""
    if not err.is_terminal:
        yield lambda done: err.print(f"{title}: {done} of {total}")
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Bar(TextColumn("{task.description}"), *columns, console=err) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)
