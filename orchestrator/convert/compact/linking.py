"""Voting trees as tables: splits, the rows of their leaves, and how a split finds its leaves' rows, for lib/compact/compact_votes.h."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.convert.compact.binary import Tree
from orchestrator.convert.compact.packing import grown, pack, split_bytes
from orchestrator.convert.compact.rows import Coding, Row
from orchestrator.convert.ctext import TYPES, array, smallest
from orchestrator.convert.errors import TooLargeError

NIBBLES = 16
PAIRS = (208, 160, 128, 96, 64, 32, 0)  # of codes that all trees share: what is tried
SHIFTS = range(16, 3, -1)


class Rows:
    """The bytes of rows: all codes, those with codes, those that code names, those that splits name."""

    def __init__(self, coding: Coding) -> None:
        self.coding = coding
        self.bytes = bytearray(coding.coded)
        self.shared = [self._add(row) for row in coding.shared]
        self._at: dict[Row, int] = {}

    def _add(self, row: Row) -> int:
        """Where it now lies, in full."""
        self.bytes += self.coding.body(row)
        return len(self.bytes) - len(self.coding.body(row))

    def number(self, row: Row) -> int:
        """What code calls a leaf."""
        code = self.coding.code(row)
        if code is not None:
            return code
        if row not in self._at:
            self._at[row] = self._add(row)
        return self._at[row]


@dataclass(frozen=True)
class Linked:
    """`code` are the tables; `bytes` a split; `find` is C for the number of the leaf that is child `right` of `node`; `size` is the bytes of tables."""

    code: str
    bytes: int
    find: str
    size: int


@dataclass(frozen=True)
class _Split:
    """One with a leaf: where it stands, and what is left and right of it; None is no leaf."""

    place: int
    left: Row | None
    right: Row | None

    @property
    def rows(self) -> list[Row]:
        return [row for row in (self.left, self.right) if row is not None]


def _splits(trees: Sequence[Tree], row_of: Mapping[int, Row]) -> Iterator[_Split]:
    place = 0
    for tree in map(grown, trees):
        for left, right in zip(tree.left, tree.right, strict=True):
            if left < 0 or right < 0:
                yield _Split(place, row_of[~left] if left < 0 else None, row_of[~right] if right < 0 else None)
            place += 1


@dataclass(frozen=True)
class _Plan:
    """Links by a split's place; the pairs that are shared; a base for each 2^shift bytes; new rows."""

    links: Mapping[int, int]
    pairs: Sequence[tuple[int, int]]
    shift: int
    bases: Sequence[int]
    rows: bytes

    @property
    def nibbles(self) -> bool:
        """Whether a pair fits a byte."""
        return all(code < NIBBLES for pair in self.pairs for code in pair)

    @property
    def size(self) -> int:
        """Bytes beside the splits."""
        bases = len(self.bases) * TYPES[smallest(self.bases)][2] if len(self.bases) > 1 else 0
        return len(self.pairs) * (1 if self.nibbles else 2) + bases + len(self.rows)


def _plan(
    splits: Sequence[_Split], rows: Rows, pairs: Sequence[tuple[int, int]], size: int, shift: int
) -> _Plan | None:
    """None where a link does not fit."""
    coding, most = rows.coding, 0xFF if size < 6 else 0xFFFF
    known = {pair: place for place, pair in reversed(list(enumerate(pairs)))}
    alone = [{pair[side]: place for pair, place in known.items()} for side in (0, 1)]
    links: dict[int, int] = {}
    bases: list[int] = []
    new, seen = bytearray(), dict[bytes, int]()
    for split in splits:
        codes = tuple(coding.code(row) for row in split.rows)
        side = alone[0 if split.left is not None else 1] if len(codes) == 1 else known
        place = side.get(codes[0] if len(codes) == 1 else codes)
        if place is not None:
            links[split.place] = place
            continue
        while len(bases) <= split.place * size >> shift:
            bases.append(len(rows.bytes) + len(new) - len(pairs))
            seen = {}
        content = b"".join(map(coding.bytes_of, split.rows))
        if content not in seen:
            seen[content] = len(rows.bytes) + len(new) - bases[-1]
            new += content
        links[split.place] = seen[content]
        if seen[content] > most:
            return None
    return _Plan(links, pairs, shift, bases, bytes(new))


def _best(splits: Sequence[_Split], rows: Rows, size: int) -> _Plan | None:
    """The shortest of all that is tried."""
    coding = rows.coding
    both = Counter(
        (coding.code(split.left), coding.code(split.right)) for split in splits if split.left and split.right
    )
    coded = [pair for pair, _ in both.most_common() if None not in pair]
    often = [pair for pair in coded if both[pair] > 1 or max(code for other in coded for code in other) < NIBBLES]
    for side in (0, 1):
        there = {pair[side] for pair in often}
        ends = [coding.code(split.rows[0]) for split in splits if len(split.rows) == 1 and (split.left is None) == side]
        often = [(end, end) for end in dict.fromkeys(ends) if end is not None and end not in there] + often
    found = []
    for limit in dict.fromkeys(min(limit, len(often)) for limit in PAIRS):
        plans = (_plan(splits, rows, often[:limit], size, shift) for shift in SHIFTS)
        found += [plan for plan in plans if plan is not None][:1]
    return min(found, key=lambda plan: plan.size, default=None)


def link(name: str, trees: Sequence[Tree], row_of: Mapping[int, Row], rows: Rows) -> Linked:
    """The tables `<name>_nodes`, `<name>_roots` and what finds rows; what is in no code yet goes to `rows`.

    Raises TooLargeError as pack, and where 2^16 bytes of rows are too few for 16 bytes of splits.
    """
    splits = list(_splits(trees, row_of))
    places = {split.place: split for split in splits}
    coding = rows.coding
    codes = [coding.code(row) for split in splits for row in split.rows]
    count = sum(len(grown(tree)) for tree in trees)
    if all(code is not None and code < NIBBLES for code in codes):
        links = {
            place: (coding.code(split.rows[0]) << 4 | coding.code(split.rows[1]))
            if len(split.rows) == 2
            else coding.code(split.rows[0])
            for place, split in places.items()
        }
        packed = pack(name, trees, [links.get(place, 0) for place in range(count)])
        return Linked(packed.code, packed.bytes, f"compact_votes_code(node, {packed.bytes}, right)", packed.size)
    size = split_bytes(list(map(grown, trees)))
    plan = _best(splits, rows, size) or _best(splits, rows, size := 6)
    if plan is None:
        raise TooLargeError("its leaves' rows are too long for their splits: round the leaves (leaf_steps)")
    rows.bytes += plan.rows
    packed = pack(name, trees, [plan.links.get(place, 0) for place in range(count)], size)
    code, base, pairs = packed.code, "0", "NULL"
    if len(plan.bases) > 1:
        code += array(f"{name}_bases", smallest(plan.bases), plan.bases)
        base = f"{name}_bases[(size_t)(node - (const ROM uint8_t *){name}_nodes) >> {plan.shift}]"
    elif plan.bases:
        base = f"{plan.bases[0]}"
    if plan.pairs:
        flat = [a << 4 | b for a, b in plan.pairs] if plan.nibbles else [c for pair in plan.pairs for c in pair]
        code, pairs = code + array(f"{name}_pairs", "uint8_t", flat), f"{name}_pairs"
    first = len(plan.pairs) if plan.rows else 0x10000
    table = f"{name}_rows" if plan.rows else "NULL"
    find = f"compact_votes_find(node, {size}, right, {first}UL, {pairs}, {int(plan.nibbles)}, {base}, {table}, {coding.entry}, {coding.codes})"
    return Linked(code, size, find, packed.size + plan.size - len(plan.rows))
