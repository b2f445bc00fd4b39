"""Voting tree ensembles for our own engine: lib/compact/compact_trees.h walks, lib/compact/compact_votes.h counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from orchestrator.convert.compact import leaves
from orchestrator.convert.compact.binary import Thresholds, Tree, from_sklearn, renumbered
from orchestrator.convert.compact.branches import MAX_LEVELS, branches
from orchestrator.convert.compact.coarse import Coarse, packed_coarse
from orchestrator.convert.compact.packing import Packed, pack
from orchestrator.convert.ctext import array
from orchestrator.convert.ensemble import CLASSIFIERS, check_classifier, check_number, trees
from orchestrator.convert.errors import ConvertError, TooLargeError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Bound, Piece
from orchestrator.convert.pipeline import Affine

MAX_TREES = 65535
MAX_VOTES = 2**24
MAX_UNIT = 255
ENTRY_TYPES = {1: "uint8_t", 2: "uint8_t", 4: "uint16_t"}


def reciprocal(everything: int) -> tuple[int, int]:
    """(scale, shift) with which (v · scale + 2^(shift − 1)) >> shift is v · 255 / everything rounded to nearest, for each v up to
    `everything`, within 32 bits; (0, 0) where there are none."""
    votes = np.arange(everything + 1, dtype=np.uint64)
    wanted = (votes * 255 + everything // 2) // everything
    for shift in range(1, 24):
        scale = -(-255 * 2**shift // everything)
        if (
            scale * everything + 2 ** (shift - 1) < 2**32
            and (((votes * scale + 2 ** (shift - 1)) >> shift) == wanted).all()
        ):
            return scale, shift
    return 0, 0


def _row_table(name: str, rows: Sequence[tuple[int, ...]], one: int) -> tuple[str, int, int, list[int], int]:
    """The rows that are not pure, as C, with the size of an entry, the unit of their places, those places, and all bytes."""
    n_classes = len(rows[0]) if rows else 0
    entry = 1 if one <= 16 and n_classes <= 16 else 2 if one <= 255 else 4
    numbers = {1: 1, 2: 2, 4: 2}[entry]
    entries = [[(c, share) for c, share in enumerate(row) if share] for row in rows]

    def places(unit: int) -> list[int]:
        at, found = 0, []
        for row in entries:
            found.append(at)
            at += -(-len(row) * numbers // unit)
        return [*found, at]

    fits = [unit for unit in range(1, 2 * MAX_UNIT) if places(unit)[-1] + n_classes <= 256 and unit <= MAX_UNIT]
    unit = min(fits, key=lambda u: places(u)[-1] * u) if fits else numbers
    flat: list[int] = []
    for row in entries:
        for c, share in row:
            flat += [c << 4 | share] if entry == 1 else [c, share]
        flat += [0] * (-len(flat) % unit)
    code = array(f"{name}_rows", ENTRY_TYPES[entry], flat)
    return code, entry, unit, places(unit)[:-1], len(flat) * (2 if entry == 4 else 1)


def _walker(name: str, packed: Packed) -> str:
    pairs = f"{name}_pairs" if packed.pair else "NULL"
    return f"""
HOT SHARED static uint_fast16_t {name}_leaf(const ROM uint8_t *node, const int16_t *features)
{{
    return compact_trees_leaf(node, {packed.bytes}, {pairs}, {packed.pair}, features);
}}
"""


def _dense(name: str, forest: list[Tree], rows: dict[int, tuple[int, ...]]) -> tuple[str, int, Packed, Coarse | None]:
    """Tables in which each leaf has a row of its own, found by counting: C, bytes, what is packed and over which lines; shorter where few leaves are alike."""
    packed, lines = packed_coarse(name, forest, counting=True)
    leaf_of = [leaf for tree in forest for leaf in (tree.leaves() if len(tree) else [~tree.root] * 2)]
    shares = [share for leaf in leaf_of for share in rows[leaf][:-1]]
    walk = f"""
HOT SHARED static size_t {name}_place(const ROM uint8_t *node, const int16_t *features)
{{
    return compact_trees_place(node, {packed.bytes}, features);
}}
"""
    return packed.code + walk + array(f"{name}_rows", "uint8_t", shares), packed.size + len(shares), packed, lines


def _dense_loop(name: str, n_trees: int, n_classes: int, one: int, everything: int) -> str:
    """Tree after tree, whose leaves are counted."""
    width = _width(everything)
    return f"""    for (uint_fast16_t tree = 0; tree < {n_trees}U; tree++) {{
        const size_t root = {name}_roots[tree];
        const size_t place = root + tree + {name}_place((const ROM uint8_t *)&{name}_nodes[root], features);
        const ROM uint8_t *row = &{name}_rows[place * {n_classes - 1}U];
        found = compact_votes_row(votes.of, {width}, row, {n_classes}, {one}, {everything}UL);
        if (found != 0 && proba == NULL) {{
            return (uint8_t)(found - 1);
        }}
    }}
"""


def _zero(n_classes: int, width: int) -> tuple[str, str]:
    """The votes' declaration, and what makes them zero without a call where they are few."""
    words = -(-n_classes * width // 4)
    declaration = (
        f"    union {{\n        uint32_t zero[{words}];\n        uint{8 * width}_t of[{n_classes}];\n    }} votes"
    )
    if words > 4:
        return f"{declaration} = {{{{0}}}};\n", ""
    return f"{declaration};\n", "".join(f"    votes.zero[{i}] = 0;\n" for i in range(words))


def _classify(name: str, n_classes: int, everything: int, body: str) -> str:
    width = _width(everything)
    scale, shift = reciprocal(everything)
    declaration, zero = _zero(n_classes, width)
    return f"""
static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
{declaration}    (void)self;
{zero}{body}    return compact_votes_end(votes.of, {width}, {n_classes}, {everything}U, {scale}UL, {shift}, proba);
}}
"""


def min_threshold(tree: Tree) -> int:
    """The smallest threshold of a tree."""
    return min(tree.threshold, default=0)


def _width(everything: int) -> int:
    return 1 if everything <= 0xFF else 2 if everything <= 0xFFFF else 4


def _loop(name: str, n_trees: int, count: str) -> str:
    """Tree after tree from the tables."""
    return f"""    for (uint_fast16_t tree = 0; tree < {n_trees}U; tree++) {{
        const uint_fast16_t leaf = {name}_leaf((const ROM uint8_t *){name}_nodes + {name}_roots[tree], features);
{count}    }}
"""


def _unrolled(name: str, n_trees: int, arguments: str, count: str) -> str:
    """Tree after tree, each a function."""
    calls = [f"    leaf = {name}_tree{k}({arguments});\n{count.replace('        ', '    ', 1)}" for k in range(n_trees)]
    return "    uint_fast16_t leaf;\n" + "".join(calls)


ALONE = """
static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
{lines}    const uint_fast16_t leaf = {leaf};
    (void)self;
    compact_only((uint_fast8_t)leaf, {n_classes}, proba);
    return (uint8_t)leaf;
}}
"""
HARD = """        if (compact_votes_add(votes.of, {width}, leaf, {one}) > {half}UL && proba == NULL) {{
            return (uint8_t)leaf;
        }}
"""
SOFT = """        found = {name}_count(votes.of, leaf);
        if (found != 0 && proba == NULL) {{
            return (uint8_t)(found - 1);
        }}
"""


def _counter(name: str, entry: int, unit: int, n_classes: int, one: int, everything: int) -> str:
    width = _width(everything)
    return f"""
HOT static uint8_t {name}_count(uint{8 * width}_t *votes, uint_fast16_t leaf)
{{
    return compact_votes_leaf(votes, {width}, {name}_rows, {entry}, {unit}, leaf, {n_classes}, {one}, {everything}UL);
}}
"""


def forest(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A tree, a random forest or extra trees that classify."""
    check_classifier(estimator)
    n_trees, n_classes = len(trees(estimator)), len(estimator.classes_)
    check_number(estimator, MAX_TREES, "trees", n_trees)
    cut = Thresholds(affine, single=True)
    made = None
    if options.vote == "hard" or (n_trees == 1 and not options.probabilities):  # a tree's class is its leaf's
        one, contents = 1, leaves.hard(estimator)
        known: dict[Any, int] = {c: c for c in range(n_classes)}
    else:
        made = leaves.soft(estimator, options, calibration, affine)
        one = made.one
        contents = [list(map(tuple, rows.tolist())) for rows in made.rows]
        known = {tuple(one if k == c else 0 for k in range(n_classes)): c for c in range(n_classes)}
    built = [from_sklearn(t.tree_, leaf, known, cut) for t, leaf in zip(trees(estimator), contents, strict=True)]
    levels = options.code_levels
    if levels is None:
        levels = MAX_LEVELS if options.optimize == "speed" else 0
    lines = None
    everything = one * n_trees
    if everything > MAX_VOTES:
        raise TooLargeError(f"{n_trees} trees with leaves of 1/{one}: snap the leaves to coarser steps (leaf_steps)")
    size, rows, found = 0, "", ""
    used = sorted({leaf for tree in built for leaf in tree.leaves() if leaf >= n_classes})
    count = HARD.format(one=one, half=everything // 2, width=_width(everything))
    if used:
        contents_of = {number: row for row, number in known.items()}
        rows, entry, unit, places, size = _row_table(name, [contents_of[leaf] for leaf in used], one)
        new = {c: c for c in range(n_classes)} | {leaf: n_classes + at for leaf, at in zip(used, places, strict=True)}
        plain, built = built, renumbered(built, new)
        rows += _counter(name, entry, unit, n_classes, one, everything)
        count, found = SOFT.format(name=name), "    uint8_t found;\n"
    if options.nonnegative and (calibration.min(initial=0) < 0 or min(map(min_threshold, built)) < 0):
        raise ConvertError("there are features or thresholds below 0: leave nonnegative as it is")
    if levels:
        made_code = branches(name, built, levels, options.nonnegative)
        packed = pack(name, made_code.below) if made_code.below else Packed("", 0, 0, 0, 0)
        code = packed.code + (_walker(name, packed) if made_code.below else "") + made_code.code
        body, first = _unrolled(name, n_trees, made_code.arguments, count), f"{name}_tree0({made_code.arguments})"
    else:
        packed, lines = packed_coarse(name, built)
        code = packed.code + _walker(name, packed)
        body = _loop(name, n_trees, count)
        first = f"{name}_leaf((const ROM uint8_t *){name}_nodes, features)"
        full = _dense(name, plain, contents_of) if used and one <= 255 else None
        if full is not None and full[1] < packed.size + size:
            code, size, packed, lines = full[0], full[1] - full[2].size, full[2], full[3]
            rows, body = "", _dense_loop(name, n_trees, n_classes, one, everything)
    alone = n_trees == 1 and not used
    begin = lines.statements(name) if lines else ""
    code += lines.tables(name) if lines else ""
    code += (
        ALONE.format(name=name, lines=begin, leaf=first, n_classes=n_classes)
        if alone
        else rows + _classify(name, n_classes, everything, begin + found + body)
    )
    common = {
        "kind": type(estimator).__name__,
        "code": code,
        "headers": ("compact_softmax.h", "compact_trees.h", "compact_votes.h"),
        "members": {"classify": f"{name}_classify"},
        "tables": packed.size + size + (lines.size if lines else 0),
        "branches": max(sum(map(len, built)) - packed.splits, 0),
    }
    if made is None:
        return Piece(
            **common,
            reference=lambda X: leaves.hard_answers(estimator, X, affine),
            fitted=lambda X: leaves.soft_answers(leaves.Leaves([], 1, estimator, True, 0.0), X, affine),
            note="exact: the majority vote of the trees, the lowest of equals",
        )
    exact = made.on_purpose or made.error == 0
    note = f"exact: leaves of 1/{one}, the same vote as scikit-learn's over them"
    if not exact:
        note = (
            f"leaves rounded to 1/{one}: probabilities are off by at most {made.error * 255:.3g}/255 before rounding, and classes only where "
            f"two are nearer than {2 * made.error:.3g}; convert.snap makes such a model exact"
        )
    return Piece(
        **common,
        reference=lambda X: leaves.soft_answers(made, X, affine),
        fitted=lambda X: leaves.soft_answers(leaves.Leaves([], 1, estimator, True, 0.0), X, affine),
        bound=Bound(proba=0.5 + made.error * 255 if not exact else 0.5),
        note=note,
    )


KINDS = dict.fromkeys(CLASSIFIERS, forest)
