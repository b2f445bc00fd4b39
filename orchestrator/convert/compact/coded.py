"""Which splits of trees become code, and the tables of those that do not."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orchestrator.convert.compact.binary import Tree
from orchestrator.convert.compact.branches import Branches, Ends, Loads, branches, loads
from orchestrator.convert.compact.packing import pack
from orchestrator.convert.ctext import TYPES, array, literal, smallest
from orchestrator.convert.options import Options

# What the choice counts with, of Thumb: instructions at a split in code and in tables; what it takes to get from one to the other.
CODE_STEPS, TABLE_STEPS, ENTRY_STEPS, ENTRY_BYTES = 4, 10, 12, 8
LEAF_BYTES, WIDE_LEAF_BYTES = 2, 8  # of an end in code
WORTHS = [2 ** (k / 8) for k in range(96)]  # bytes that an instruction of the mean row may be worth
NUMBER = "uint_fast16_t"


@dataclass(frozen=True)
class Coded:
    """`code` has the functions, with `splits` as branches, and their tables, of `size` bytes; `call`, `begin` and `again` as in Branches."""

    code: str
    splits: int
    size: int
    call: str
    begin: str
    again: str


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


def _costs(tree: Tree, loads: Loads, number: Callable[[int], int], leaf_bytes: int) -> _Costs:
    split_bytes = 3 if all(0 <= threshold <= 255 for threshold in tree.threshold) else 4
    code, table = [], []
    for left, right, threshold in zip(tree.left, tree.right, tree.threshold, strict=True):
        leaves = [~child for child in (left, right) if child < 0]
        ends = [LEAF_BYTES if 0 <= number(leaf) <= 255 else WIDE_LEAF_BYTES for leaf in leaves]
        code.append(loads.split_bytes(threshold) + sum(ends))
        table.append(split_bytes + leaf_bytes * len(leaves))
    return _Costs(tree, code, table)


def _choice(costs: Sequence[_Costs], levels: int | None) -> list[list[bool]]:
    """Which splits become code: about as many as there are in the top levels, and those at which it pays most."""
    if levels is not None:
        wanted = sum(_in_levels(cost.tree, levels) for cost in costs)
        if wanted < sum(len(cost.tree) for cost in costs):

            def found(worth: float) -> list[list[bool]]:
                return [cost.where_it_pays(worth) for cost in costs]

            place = bisect_left(WORTHS, wanted, key=lambda worth: sum(map(sum, found(worth))))
            if place < len(WORTHS):
                return found(WORTHS[place])
    return [[True] * len(cost.tree) for cost in costs]


def coded(name: str, trees: Sequence[Tree], number: Callable[[int], int], kind: str, options: Options) -> Coded:
    """Trees as functions that return `number` of a leaf as `kind`, NUMBER or int32_t."""
    load = loads(trees, options.nonnegative)
    every = smallest([number(leaf) for tree in trees for leaf in tree.leaves()])
    which = _choice([_costs(tree, load, number, TYPES[every][2]) for tree in trees], options.code_levels)
    ends = Ends(
        kind,
        lambda leaf: f"{number(leaf)}U" if kind == NUMBER else literal(number(leaf), kind),
        f"{name}_part(part, {load.features})",
    )
    made = branches(name, trees, which, ends, load)
    tables, size = _tables(name, made, number, kind) if made.below else ("", 0)
    return Coded(tables + made.code, sum(map(sum, which)), size, made.call, made.begin, made.again)


def _tables(name: str, made: Branches, number: Callable[[int], int], kind: str) -> tuple[str, int]:
    """What is left to tables, and the function that walks it: C, bytes of tables."""
    packed = pack(name, made.below)
    numbers = [number(leaf) for tree in made.below for leaf in tree.leaves()]
    leaf_kind = smallest(numbers)
    walk = f"""
HOT SHARED static {kind} {name}_part(uint_fast16_t part, const int16_t *features)
{{
    const size_t root = {name}_roots[part];
    return {name}_leaves[root + part + compact_trees_place((const ROM uint8_t *)&{name}_nodes[root], {packed.bytes}, features)];
}}
"""
    return packed.code + array(f"{name}_leaves", leaf_kind, numbers) + walk, packed.size + len(numbers) * TYPES[
        leaf_kind
    ][2]
