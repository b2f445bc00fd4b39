"""The rows of voting leaves: which fractions they are, what they count in integers, and their bytes for lib/compact/compact_votes.h."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

NIBBLE, BYTE, SHARE20, SHARE24 = 1, 2, 3, 4
CODES = 256
ALL = 2**32 - 2**16  # most that all trees may give together; a slack is less than the rest
SMALL_ALL = 2**24  # the same, times 255
SHARES = 2**20
MARGIN = 2.0**-18  # of a vote: classes that are further apart are told apart


@dataclass(frozen=True)
class Row:
    """A leaf: `counts` are pairs (class, count) by rising class, each count above 0; they sum to n. They have no divisor in common, or n is
    SHARES."""

    n: int
    counts: tuple[tuple[int, int], ...]

    @property
    def pure(self) -> bool:
        """Whether it has one class."""
        return len(self.counts) == 1

    @property
    def most(self) -> tuple[int, int]:
        """The class with the largest count, the lowest of equals."""
        return max(self.counts, key=lambda entry: (entry[1], -entry[0]))


def row_of(counts: Sequence[int], n: int = 0) -> Row:
    """The row of a leaf with these counts, which sum to n, or, without n, to whatever is left without their common divisor; a pure leaf's is 1."""
    divisor = math.gcd(*counts)
    entries = [(c, k) for c, k in enumerate(counts) if k]
    if n == 0 or len(entries) == 1:
        return Row(sum(counts) // divisor, tuple((c, k // divisor) for c, k in entries))
    return Row(n, tuple(entries))


@dataclass(frozen=True)
class Scale:
    """What counts become. `one` is what a leaf gives; `weights` the integer that a count is multiplied by, for each n, of `bytes`; 0 bytes: no
    weights. Votes of classes that are equal as fractions differ by at most `slack`; those further apart than `margin`, a part
    of all votes, are told apart for certain."""

    one: int
    weights: Mapping[int, int]
    bytes: int
    slack: int
    margin: float


def _scale(one: int, size: int, ns: Sequence[int], forest: Sequence[Sequence[Row]]) -> Scale:
    weights = {n: (2 * one + n) // (2 * n) for n in ns}
    off = Fraction(0)
    for rows in forest:
        worst = Fraction(0)
        for row in rows:
            if not row.pure:
                (_, last), wrong = row.most, Fraction(abs(weights[row.n] * row.n - one), row.n)
                other = max(k for entry in row.counts if entry != row.most for k in entry[1:])
                worst = max(worst, (row.n - last + other) * wrong)
        off += worst
    slack = math.floor(off)
    return Scale(one, weights, size, slack, float((off + slack) / (one * len(forest))))


def scale_of(forest: Sequence[Sequence[Row]]) -> Scale | None:
    """The smallest weights with which the votes of these rows, tree by tree, are right to MARGIN; None where there are none."""
    ns = sorted({row.n for rows in forest for row in rows if not row.pure})
    common = math.lcm(*ns)
    if common * len(forest) <= SMALL_ALL:
        most = common // ns[0] if ns else 0
        return _scale(common, 1 if most < 2**8 else 2 if most < 2**16 else 3, ns, forest)
    for size in (2, 3, 4):
        one = min(ALL // len(forest), ns[0] * (2 ** (8 * size) - 1))
        found = _scale(one, size, ns, forest)
        if found.margin <= MARGIN:
            return found
    return None


def shares_scale(n_trees: int) -> Scale | None:
    """For rows that are shares of SHARES; None where there are too many trees. A share is off by less than one, so is a difference by less than two
    in each tree."""
    if SHARES * n_trees > ALL:
        return None
    return Scale(SHARES, {}, 0, 2 * n_trees, 4 / SHARES)


@dataclass(frozen=True)
class Coding:
    """How rows become bytes. `header`: whether a row begins with a code, or with `codes` + the place of its weight; without, counts are of
    scale.one. `shared` are rows with a code of their own, from n_classes on."""

    n_classes: int
    scale: Scale
    entry: int
    header: bool
    shared: tuple[Row, ...] = ()

    @property
    def coded(self) -> bytes:
        """What the rows begin with: the row of each code."""
        return bytes(range(self.codes) if self.header else [c << 4 for c in range(self.n_classes)])

    @property
    def codes(self) -> int:
        """The first number at the head of a row that is no code; 0 without heads."""
        return self.n_classes + len(self.shared) if self.header else 0

    @cached_property
    def _places(self) -> Mapping[int, int]:
        return {n: place for place, n in enumerate(self.scale.weights)}

    @cached_property
    def _codes(self) -> Mapping[Row, int]:
        return {row: self.n_classes + place for place, row in enumerate(self.shared)}

    def code(self, row: Row) -> int | None:
        """The code of a row that has one."""
        return row.counts[0][0] if row.pure else self._codes.get(row)

    def _entries(self, row: Row) -> bytes:
        last, _ = row.most
        times = 1 if self.header else self.scale.one // row.n
        found = bytearray()
        if self.entry in (SHARE20, SHARE24):
            last = row.counts[0][0]  # the first class that does not rise
        for c, count in row.counts:
            number = count * times
            if c == last:
                continue
            if self.entry == SHARE20:
                found += bytes([c << 4 | number >> 16, number & 255, number >> 8 & 255])
            elif self.entry == SHARE24:
                found += bytes([c, number & 255, number >> 8 & 255, number >> 16])
            else:
                found += self._counted(c, number)
        if self.entry == NIBBLE:
            return bytes([*found, last << 4])
        return bytes(
            [*found, last, 0] if self.entry == BYTE else [*found, last << 4 if self.entry == SHARE20 else last]
        )

    def _counted(self, c: int, number: int) -> bytes:
        """A class and its count, in as many entries as it takes."""
        found = bytearray()
        while number:
            part = min(number, 15 if self.entry == NIBBLE else 255)
            number -= part
            found += bytes([c << 4 | part] if self.entry == NIBBLE else [c, part])
        return bytes(found)

    def bytes_of(self, row: Row) -> bytes:
        """A row as it stands in the table; one with a code is that code."""
        code = self.code(row)
        if not self.header:
            return self._entries(row)
        return bytes([code]) if code is not None else self.body(row)

    def body(self, row: Row) -> bytes:
        """A row in full, though it may have a code."""
        head = [self.codes + self._places.get(row.n, 0)] if self.header else []
        return bytes(head) + self._entries(row)
