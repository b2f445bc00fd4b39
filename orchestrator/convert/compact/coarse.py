"""Trees whose thresholds lie on few lines a feature, evenly spaced by a power of two: features are put on these lines once a row, and
each threshold then is the number of a line, in one byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from orchestrator.convert.compact.binary import Tree
from orchestrator.convert.compact.packing import split_bytes
from orchestrator.convert.ctext import array

LINES = 256
CODE_BYTES = 60  # about what the loop and its call take on Cortex-M0+


@dataclass(frozen=True)
class Coarse:
    """Trees over numbers of lines: feature f has lines at `firsts[f]` + k · 2^`shifts[f]`."""

    trees: list[Tree]
    firsts: Sequence[int]
    shifts: Sequence[int]

    @property
    def size(self) -> int:
        """Bytes of its tables."""
        return 3 * len(self.firsts)

    def tables(self, name: str) -> str:
        """As C."""
        return array(f"{name}_firsts", "int16_t", self.firsts) + array(f"{name}_shifts", "uint8_t", self.shifts)

    def statements(self, name: str) -> str:
        """What a function over these trees begins with: its parameter `features` becomes the numbers of lines."""
        n = len(self.firsts)
        return (
            f"    int16_t lines[{n}];\n"
            f"    compact_trees_lines(features, {n}, {name}_firsts, {name}_shifts, lines);\n"
            "    features = lines;\n"
        )


def _lines(thresholds: Sequence[int]) -> tuple[int, int]:
    """The first line and the shift with which all thresholds are on a line, as widely spaced as can be."""
    first, apart = min(thresholds), 0
    for threshold in thresholds:
        apart |= threshold - first
    return first, (apart & -apart).bit_length() - 1 if apart else 0


def coarse(trees: Sequence[Tree]) -> Coarse | None:
    """The trees over lines; None where that would change an answer."""
    cuts: dict[int, list[int]] = {}
    for tree in trees:
        for feature, threshold in zip(tree.feature, tree.threshold, strict=True):
            cuts.setdefault(feature, []).append(threshold)
    lines = {feature: _lines(found) for feature, found in cuts.items()}
    if any((max(cuts[f]) - first) >> shift >= LINES for f, (first, shift) in lines.items()) or not lines:
        return None

    def number(feature: int, threshold: int) -> int:
        first, shift = lines[feature]
        return (threshold - first) >> shift

    last = max(lines)
    return Coarse(
        [replace(tree, threshold=list(map(number, tree.feature, tree.threshold))) for tree in trees],
        [lines[f][0] if f in lines else 0 for f in range(last + 1)],
        [lines[f][1] if f in lines else 0 for f in range(last + 1)],
    )


def worth_lines(trees: Sequence[Tree]) -> Coarse | None:
    """The trees over lines, where that changes no answer and takes fewer bytes: one less a split."""
    if split_bytes(trees) != 4:
        return None
    lines = coarse(trees)
    return lines if lines is not None and sum(map(len, trees)) > lines.size + CODE_BYTES else None
