"""Worst-case stack of a Thumb or AVR image, from its own machine code: every compiler and every library alike.

Each function's stack pointer is followed along its control flow; calls add the callee's depth. Indirect calls go where
platform/calls.toml says that the called member may point. Recursion, an unlisted indirect call or a stack pointer that
cannot be followed is an error, never a guess.
"""

from __future__ import annotations

import fnmatch
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from elftools.elf.elffile import ELFFile

from orchestrator.avr import AvrImage
from orchestrator.image import Function, Image, StackError
from orchestrator.project import ROOT
from orchestrator.thumb import ThumbImage

MACHINES: dict[str, type[Image]] = {"EM_ARM": ThumbImage, "EM_AVR": AvrImage}
CALLS = ROOT / "platform" / "calls.toml"
MEMBER = re.compile(r"(?:->|\.)(\w+)\s*\(")
STATEMENT_END = re.compile(r"(^|[;{}:]|\*/)\s*$")


@dataclass(frozen=True)
class Stack:
    """The worst case: of the main thread, of the deepest interrupt with its frame (the ports give all interrupts one
    priority, so that none interrupts another), and the main thread's deepest path."""

    thread: int
    interrupt: int
    path: tuple[str, ...]

    @property
    def total(self) -> int:
        """Bytes of stack that the image can need."""
        return self.thread + self.interrupt


def _statement(lines: list[str], line: int) -> str:
    """The whole statement of which `line` is a part."""
    first = last = line - 1
    while first > 0 and not STATEMENT_END.search(lines[first - 1]):
        first -= 1
    while last + 1 < len(lines) and not STATEMENT_END.search(lines[last]):
        last += 1
    return " ".join(lines[first : last + 1])


class Graph:
    """Depths over the whole call graph."""

    def __init__(self, image: Image) -> None:
        self.image = image
        rules = tomllib.loads(CALLS.read_text(encoding="utf-8"))
        self._members: dict[str, list[str]] = rules["members"]
        self._never: list[str] = rules["never"]["names"]
        self._own_stack: list[str] = rules["own_stack"]["names"]
        self._functions: dict[int, Function] = {}
        self._depths: dict[int, tuple[int, tuple[str, ...]]] = {}

    @cached_property
    def by_name(self) -> dict[str, int]:
        """Address of each function symbol."""
        return {name: address for address, names in self.image.names.items() for name in names}

    def has_own_stack(self, start: int) -> bool:
        """Whether the function at `start` begins a stack of its own, whatever was on the old one."""
        return any(name in self._own_stack for name in self.image.names[start])

    def _matching(self, patterns: list[str]) -> list[int]:
        def fits(name: str) -> bool:
            plain = name.split(".")[0]
            return any(fnmatch.fnmatch(plain, p) for p in patterns) and not any(
                fnmatch.fnmatch(plain, p) for p in self._never
            )

        return sorted({address for name, address in self.by_name.items() if fits(name)})

    def _indirect_targets(self, address: int, name: str) -> list[int]:
        file, line = self.image.line_of(address)
        lines = (ROOT / file).read_text(encoding="utf-8").splitlines() if (ROOT / file).is_file() else []
        members = MEMBER.findall(_statement(lines, line)) if 0 < line <= len(lines) else []
        if members and all(member in self._members for member in members):
            found = self._matching([pattern for member in members for pattern in self._members[member]])
            if found:
                return found
        raise StackError(
            f"{name} ({file}:{line}) calls through a pointer, and platform/calls.toml does not list its member with a "
            "function of this image: add it there (or build again, if the source has changed since)"
        )

    def depth(self, start: int, above: tuple[int, ...] = ()) -> tuple[int, tuple[str, ...]]:
        """The deepest that the function at `start` can get, and the path there."""
        if start in self._depths:
            return self._depths[start]
        if start in above:
            names = [self.image.name_of(a) for a in (*above[above.index(start) :], start)]
            raise StackError(f"recursion, whose depth cannot be told: {' → '.join(names)}")
        if not self.image.name_of(start):
            raise StackError(f"a call goes to {start:#x}, where no function is")
        function = self._functions.setdefault(start, self.image.analyse(start))
        worst, path = function.depth, (f"{function.name} {function.depth}",)
        calls = list(function.calls)
        for at, address in function.indirect:
            calls += [(at, target) for target in self._indirect_targets(address, function.name)]
        for at, target in calls:
            below, below_path = self.depth(target, (*above, start))
            if at + below > worst:
                worst, path = at + below, (f"{function.name} {at}", *below_path)
        self._depths[start] = (worst, path)
        return worst, path


def open_image(path: Path) -> Image:
    """The image at `path`, for the machine that it says it is for."""
    with path.open("rb") as file:
        machine = ELFFile(file)["e_machine"]
    if machine not in MACHINES:
        raise StackError(f"{path.name} is for {machine}; the stack is only told for ARM and AVR")
    return MACHINES[machine](path)


def worst_case(path: Path) -> Stack:
    """The worst-case stack of the image at `path`."""
    image = open_image(path)
    graph = Graph(image)
    vectors = image.vectors()
    thread, deepest = graph.depth(vectors[0])
    handlers = [handler for handler in vectors[1:] if not graph.has_own_stack(handler)]
    interrupt = image.interrupt_frame + max((graph.depth(handler)[0] for handler in handlers), default=0)
    return Stack(thread, interrupt, deepest)
