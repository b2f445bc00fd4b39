"""The rows of voting leaves: which fractions they are, what they count in integers, and their bytes for lib/compact/compact_votes.h."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

NIBBLE, BYTE, SHARE20, SHARE24 = 1, 2, 3, 4
PLACES = 256  # that fit a byte
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
    weights. A leaf of n samples whose n is in `lifted` is told in counts of that multiple of n. Votes of classes that are equal as fractions
    differ by at most `slack`; those further apart than `margin`, a part of all votes, are told apart for certain."""

    one: int
    weights: Mapping[int, int]
    bytes: int
    slack: int
    margin: float
    lifted: Mapping[int, int] = field(default_factory=dict)


def _others(row: Row) -> int:
    """The largest count but that of the class that gets the rest."""
    return max(count for entry in row.counts if entry != row.most for count in entry[1:])


def _lifted(forest: Sequence[Sequence[Row]], most: int) -> dict[int, int]:
    """For each n itself, or a multiple that is used too and leaves all counts at most `most`: so there are fewer weights."""
    largest: dict[int, int] = {}
    for row in (row for rows in forest for row in rows if not row.pure):
        largest[row.n] = max(largest.get(row.n, 0), _others(row))
    found: dict[int, int] = {}
    for n in sorted(largest, reverse=True):
        multiples = [m for m in found.values() if m % n == 0 and m // n * largest[n] <= most]
        found[n] = min(multiples, default=n)
    return found


def _scale(one: int, size: int, lifted: Mapping[int, int], forest: Sequence[Sequence[Row]]) -> Scale:
    weights = {n: (2 * one + n) // (2 * n) for n in sorted(set(lifted.values()))}
    off = Fraction(0)
    for rows in forest:
        worst = Fraction(0)
        for row in rows:
            if not row.pure:
                n = lifted[row.n]
                wrong = Fraction(abs(weights[n] * n - one), row.n)
                worst = max(worst, (row.n - row.most[1] + _others(row)) * wrong)
        off += worst
    slack = math.floor(off)
    return Scale(one, weights, size, slack, float((off + slack) / (one * len(forest))), lifted)


def scale_of(forest: Sequence[Sequence[Row]], most: int) -> Scale | None:
    """The smallest weights with which the votes of these rows, tree by tree, are right to MARGIN; None where there are none. An entry holds a count
    of `most`."""
    lifted = _lifted(forest, most)
    common = math.lcm(*lifted)
    if common * len(forest) <= SMALL_ALL:
        largest = common // min(lifted.values(), default=1)
        return _scale(common, 1 if largest < 2**8 else 2 if largest < 2**16 else 3, lifted, forest)
    for size in (2, 3, 4):
        one = min(ALL // len(forest), min(lifted.values()) * (2 ** (8 * size) - 1))
        found = _scale(one, size, lifted, forest)
        if found.margin <= MARGIN:
            return found
    return None


def alone_scale(rows: Sequence[Row], most: int) -> Scale | None:
    """For a tree that is alone, whose leaves' classes need no votes: the smallest weights with which probabilities are right to a quarter of a
    255th before they are rounded. `margin` says how right."""
    lifted = _lifted([rows], most)
    for size in (2, 3, 4):
        found = _scale(255 << 8 * (size - 1), size, lifted, [rows])
        if 255 * found.margin <= 0.25:
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
    """How rows become bytes. `heads`: whether a row begins with a code; without, counts are of scale.one. `shared` are rows that come first after the
    pure ones: those that then begin within the first 256 bytes have a place that fits a byte."""

    n_classes: int
    scale: Scale
    entry: int
    heads: bool
    shared: tuple[Row, ...] = ()

    @cached_property
    def _first(self) -> tuple[bytes, Mapping[Row, int], Mapping[Row, int]]:
        """What all rows begin with; the place by which a shared one is told, and where it lies. Where they are few, the code of each comes before
        all of them, so that its place fits four bits."""
        pure = bytes(range(self.n_classes) if self.heads else [c << 4 for c in range(self.n_classes)])
        few = self.heads and self.n_classes + len(self.shared) <= 16
        at, bodies, found = len(pure) + (len(self.shared) if few else 0), b"", {}
        for row in self.shared:
            if at + len(bodies) < PLACES:
                found[row] = at + len(bodies)
                bodies += self._whole(row)
        names = bytes(self.codes + place - self.n_classes for place in found.values()) if few else b""
        told = {row: self.n_classes + number for number, row in enumerate(found)} if few else found
        return pure + names + bodies, told, found

    @property
    def first(self) -> bytes:
        """What all rows begin with."""
        return self._first[0]

    def place(self, row: Row) -> int | None:
        """The place of a row that is there from the first."""
        return row.counts[0][0] if row.pure else self._first[1].get(row)

    @property
    def codes(self) -> int:
        """The first code that is a shared row's; PLACES where no row is told so."""
        return self.n_classes + len(self.scale.weights) if self.heads and self.shared else PLACES

    @cached_property
    def _weights(self) -> Mapping[int, int]:
        return {n: place for place, n in enumerate(self.scale.weights)}

    def _entries(self, row: Row) -> bytes:
        last, _ = row.most
        times = (self.scale.lifted.get(row.n, row.n) if self.heads else self.scale.one) // row.n
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

    def _whole(self, row: Row) -> bytes:
        """A row that is not pure."""
        head = [self.n_classes + self._weights.get(self.scale.lifted.get(row.n, 0), 0)] if self.heads else []
        return bytes(head) + self._entries(row)

    def bytes_of(self, row: Row) -> bytes:
        """A row as a split's own: itself, or the code of a shared one."""
        if row.pure:
            return bytes([row.counts[0][0]]) if self.heads else self._entries(row)
        code = self.codes + self._first[2].get(row, PLACES) - self.n_classes
        return bytes([code]) if code < PLACES else self._whole(row)
