"""One way to tell a person how far long work is: on standard error, and only there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

Progress = Callable[[str], None]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


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
