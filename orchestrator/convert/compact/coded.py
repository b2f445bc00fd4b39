"""Which splits of trees become code, and the tables of those that do not."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orchestrator.convert.compact.binary import Tree
from orchestrator.convert.compact.branches import Ends, Loads, branches, loads
from orchestrator.convert.compact.packing import pack
from orchestrator.convert.ctext import TYPES, array, literal, smallest
from orchestrator.convert.options import Options

# What the choice counts with, of Thumb: instructions at a split in code and in tables; what it takes to get from one to the other.
CODE_STEPS, TABLE_STEPS, ENTRY_STEPS, ENTRY_BYTES = 4, 10, 12, 8
LEAF_BYTES, WIDE_LEAF_BYTES = 2, 8  # of an end in code
WORTHS = [2 ** (k / 8) for k in range(96)]  # bytes that an instruction of the mean row may be worth
WALK_BYTES = 300  # of what walks tables, and of registers that its calls take from the code: less is not worth it
NUMBER = "uint_fast16_t"


@dataclass(frozen=True)
class Coded:
    """`code` has the functions, about `flash` bytes as Thumb, and their tables, of `size` bytes; `call`, `begin` and `again` as in Branches."""

    code: str
    flash: int
    size: int
    call: str
    begin: str
    again: str


@dataclass(frozen=True)
class Parts:
    """How subtrees are told that are left to tables. `find` is C for what a part returns, from its number `part` and what it is given, the
    features; `write` writes their tables and what walks them: C, bytes of tables. `leaf_bytes` are of a leaf in tables, and `end_bytes` of one in
    code, about."""

    find: Callable[[str], str]
    write: Callable[[Sequence[Tree]], tuple[str, int]]
    leaf_bytes: int
    end_bytes: Callable[[int], int]


def wants_code(options: Options) -> bool:
    """Whether any of a model's trees is to be code."""
    return (options.code_levels is None and options.optimize == "speed") or bool(options.code_levels)


def _in_levels(tree: Tree, levels: int) -> int:
    """How many splits lie in the top levels of a tree."""
    level = [0] * len(tree)
    for at in range(len(tree)):
        for child in (tree.left[at], tree.right[at]):
            if child >= 0:
                level[child] = level[at] + 1
    return sum(at < levels for at in level)


@dataclass(frozen=True)
class _Costs:
    """Of a split: bytes in code and in tables, with the leaves that follow it."""

    tree: Tree
    code: Sequence[int]
    table: Sequence[int]

    def where_it_pays(self, worth: float) -> list[bool]:
        """Which splits cost less as code, an instruction being worth so many bytes."""
        tree = self.tree
        as_code, as_table = [0.0] * len(tree), [0.0] * len(tree)
        coded = [False] * len(tree)
        for at in reversed(range(len(tree))):
            steps = worth * tree.share[at]
            below = [child for child in (tree.left[at], tree.right[at]) if child >= 0]
            as_table[at] = self.table[at] + steps * TABLE_STEPS + sum(as_table[child] for child in below)
            as_code[at] = self.code[at] + steps * CODE_STEPS + sum(as_code[child] for child in below)
            entered = as_table[at] + ENTRY_BYTES + steps * ENTRY_STEPS
            coded[at] = as_code[at] <= entered
            as_code[at] = min(as_code[at], entered)  # the least that it costs where code comes to it
        for at in range(len(tree)):
            for child in (tree.left[at], tree.right[at]):
                if child >= 0:
                    coded[child] &= coded[at]
        return coded

    def saved(self, coded: Sequence[bool]) -> int:
        """Bytes, against all as code."""
        children = [
            child for at in range(len(coded)) if coded[at] for child in (self.tree.left[at], self.tree.right[at])
        ]
        parts = sum(1 for child in [*children, self.tree.root] if child >= 0 and not coded[child])
        return sum(self.code[at] - self.table[at] for at in range(len(coded)) if not coded[at]) - parts * ENTRY_BYTES


def _costs(tree: Tree, loads: Loads, parts: Parts) -> _Costs:
    split_bytes = 3 if all(0 <= threshold <= 255 for threshold in tree.threshold) else 4
    code, table = [], []
    for left, right, threshold in zip(tree.left, tree.right, tree.threshold, strict=True):
        leaves = [~child for child in (left, right) if child < 0]
        code.append(loads.split_bytes(threshold) + sum(map(parts.end_bytes, leaves)))
        table.append(split_bytes + parts.leaf_bytes * len(leaves))
    return _Costs(tree, code, table)


def _choice(costs: Sequence[_Costs], levels: int | None) -> list[list[bool]]:
    """Which splits become code: about as many as there are in the top levels, and those at which it pays most."""
    if levels is not None:
        wanted = sum(_in_levels(cost.tree, levels) for cost in costs)
        if wanted < sum(len(cost.tree) for cost in costs):

            def found(worth: float) -> list[list[bool]]:
                return [cost.where_it_pays(worth) for cost in costs]

            place = bisect_left(WORTHS, wanted, key=lambda worth: sum(map(sum, found(worth))))
            chosen = found(WORTHS[min(place, len(WORTHS) - 1)])
            if sum(cost.saved(coded) for cost, coded in zip(costs, chosen, strict=True)) > WALK_BYTES:
                return chosen
    return [[True] * len(cost.tree) for cost in costs]


def coded(
    name: str,
    trees: Sequence[Tree],
    number: Callable[[int], int],
    kind: str,
    options: Options,
    parts: Parts | None = None,
) -> Coded:
    """Trees as functions that return `number` of a leaf as `kind`, NUMBER or int32_t; without `parts` the numbers are in tables too."""
    parts = parts or _numbered(name, trees, number, kind)
    plain = Loads([], 1, options.nonnegative)
    costs = [_costs(tree, plain, parts) for tree in trees]
    which = _choice(costs, options.code_levels)
    flash = sum(sum(itertools.compress(cost.code, chosen)) for cost, chosen in zip(costs, which, strict=True))
    load = loads(trees, which, options.nonnegative)
    ends = Ends(
        kind,
        lambda leaf: f"{number(leaf)}U" if kind == NUMBER else literal(number(leaf), kind),
        parts.find(load.features),
    )
    made = branches(name, trees, which, ends, load)
    tables, size = parts.write(made.below) if made.below else ("", 0)
    return Coded(tables + made.code, flash, size, made.call, made.begin, made.again)


def _numbered(name: str, trees: Sequence[Tree], number: Callable[[int], int], kind: str) -> Parts:
    """Each leaf's number in a table, found by counting leaves."""
    leaf_kind = smallest([number(leaf) for tree in trees for leaf in tree.leaves()])

    def write(below: Sequence[Tree]) -> tuple[str, int]:
        packed = pack(name, below)
        numbers = [number(leaf) for tree in below for leaf in tree.leaves()]
        walk = f"""
HOT SHARED static {kind} {name}_part(uint_fast16_t part, const int16_t *features)
{{
    const size_t root = {name}_roots[part];
    return {name}_leaves[root + part + compact_trees_place((const ROM uint8_t *)&{name}_nodes[root], {packed.bytes}, features)];
}}
"""
        size = packed.size + len(numbers) * TYPES[leaf_kind][2]
        return packed.code + array(f"{name}_leaves", leaf_kind, numbers) + walk, size

    return Parts(
        lambda features: f"{name}_part(part, {features})",
        write,
        TYPES[leaf_kind][2],
        lambda leaf: LEAF_BYTES if 0 <= number(leaf) <= 255 else WIDE_LEAF_BYTES,
    )
