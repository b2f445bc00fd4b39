"""Voting tree ensembles for our own engine: lib/compact/compact_trees.h walks, lib/compact/compact_votes.h counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from orchestrator.convert.compact import leaves
from orchestrator.convert.compact.binary import Thresholds, Tree, from_sklearn
from orchestrator.convert.compact.branches import MAX_LEVELS, branches
from orchestrator.convert.compact.linking import Linked, Rows, link
from orchestrator.convert.compact.rows import (
    BYTE,
    NIBBLE,
    PLACES,
    SHARE20,
    SHARE24,
    Coding,
    Row,
    Scale,
    alone_scale,
    scale_of,
    shares_scale,
)
from orchestrator.convert.ctext import array
from orchestrator.convert.ensemble import CLASSIFIERS, check_classifier, check_number, trees
from orchestrator.convert.errors import ConvertError, TooLargeError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Bound, Piece
from orchestrator.convert.pipeline import Affine

MAX_TREES = 65535
EXACT_ALL = 2**16  # votes of all trees up to which probabilities may be rounded to nearest
PROBA_OFF = 0.02  # in 255ths: 255 / 2^15 for the bits that are dropped, and half of 2^-8 for the scale
WEIGHT_TYPES = {1: "uint8_t", 2: "uint16_t", 3: "uint8_t", 4: "uint32_t"}
UNROLLED = 12
SHARED_CODE = 20  # bytes of code that shared rows need
HEADLESS = 270  # leaves of so many parts can do without weights


def reciprocal(everything: int) -> tuple[int, int, int, float]:
    """(drop, scale, shift, off) with which ((v >> drop) · scale + 2^(shift − 1)) >> shift is v · 255 / everything for each v up to `everything`,
    within 32 bits; before it is rounded to nearest it is off by at most `off`, 0 where such numbers are found."""
    if everything <= EXACT_ALL:
        votes = np.arange(everything + 1, dtype=np.uint64)
        wanted = (votes * 255 + everything // 2) // everything
        for shift in range(1, 24):
            scale = -(-255 * 2**shift // everything)
            if (
                scale * everything + 2 ** (shift - 1) < 2**32
                and (((votes * scale + 2 ** (shift - 1)) >> shift) == wanted).all()
            ):
                return 0, scale, shift, 0.0
    drop = max(everything.bit_length() - 16, 0)
    return drop, round(255 * 2 ** (23 + drop) / everything), 23, PROBA_OFF


@dataclass(frozen=True)
class _Forest:
    """Trees whose leaves are numbers of `rows`; the first n_classes are pure."""

    name: str
    n_classes: int
    trees: Sequence[Tree]
    rows: Sequence[Row]
    scale: Scale

    @property
    def alone(self) -> bool:
        """Whether it is one tree, whose leaves' classes need no votes."""
        return len(self.trees) == 1 and self.scale.bytes != 0

    @property
    def everything(self) -> int:
        """Votes of all trees."""
        return self.scale.one * len(self.trees)

    @property
    def width(self) -> int:
        """Bytes of a class's votes."""
        return 1 if self.everything <= 0xFF else 2 if self.everything <= 0xFFFF else 4

    def codings(self) -> Iterator[Coding]:
        """Those that may be the shortest."""
        narrow = self.n_classes <= 16
        if self.scale.bytes == 0:
            yield Coding(self.n_classes, self.scale, SHARE20 if narrow else SHARE24, True)
            return
        entry = NIBBLE if narrow else BYTE
        found = [Coding(self.n_classes, self.scale, entry, True)]
        if narrow and self.scale.weights and not self.alone and self.scale.slack == 0 and self.scale.one <= HEADLESS:
            found.append(Coding(self.n_classes, self.scale, entry, False))
        yield from found
        uses = Counter(self.rows[leaf] for tree in self.trees for leaf in tree.leaves() if not self.rows[leaf].pure)
        shared = tuple(row for row, n in uses.most_common(PLACES) if n > 1)
        if shared:
            yield from (replace(coding, shared=shared) for coding in found)


def _forest(
    estimator: Any, name: str, contents: Sequence[Sequence[Row | None]], cut: Thresholds, scale: Scale | None
) -> _Forest | None:
    """None where the rows have no scale. Without one, it is found."""
    n_classes = len(estimator.classes_)
    known: dict[Any, int] = {Row(1, ((c, 1),)): c for c in range(n_classes)}
    built = [from_sklearn(t.tree_, rows, known, cut) for t, rows in zip(trees(estimator), contents, strict=True)]
    rows = list(known)
    used = [[rows[leaf] for leaf in set(tree.leaves())] for tree in built]
    most = 15 if n_classes <= 16 else 255
    if scale is None:
        scale = alone_scale(used[0], most) if len(used) == 1 else scale_of(used, most)
    if scale is None or n_classes + len(scale.weights) > PLACES:
        return None
    return _Forest(name, n_classes, built, rows, scale)


def _zero(n_classes: int, width: int) -> tuple[str, str]:
    """The votes' declaration, and what makes them zero without a call."""
    words = -(-n_classes * width // 4)
    declaration = (
        f"    union {{\n        uint32_t zero[{words}];\n        uint{8 * width}_t of[{n_classes}];\n    }} votes;\n"
    )
    if words <= UNROLLED:
        return declaration, "".join(f"    votes.zero[{i}] = 0;\n" for i in range(words))
    return (
        declaration,
        f"""    for (uint_fast16_t i = 0; i < {words}U; i++) {{
        CPU_KEEP(i);
        votes.zero[i] = 0;
    }}
""",
    )


def _classify(forest: _Forest, body: str) -> str:
    name, n_classes, width = forest.name, forest.n_classes, forest.width
    drop, scale, shift, _ = reciprocal(forest.everything)
    declaration, zero = _zero(n_classes, width)
    return f"""
static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
{declaration}    (void)self;
{zero}{body}    return compact_votes_end(votes.of, {width}, {n_classes}, {forest.scale.slack}UL, {drop}, {scale}UL, {shift}, proba);
}}
"""


def min_threshold(tree: Tree) -> int:
    """The smallest threshold of a tree."""
    return min(tree.threshold, default=0)


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


HARD = """        if (compact_votes_add(votes.of, {width}, leaf, {one}) > {half}UL && proba == NULL) {{
            return (uint8_t)leaf;
        }}
"""
SOFT = """        found = {name}_count(votes.of, leaf);
        if (found != 0 && proba == NULL) {{
            return (uint8_t)(found - 1);
        }}
"""


@dataclass(frozen=True)
class _Tables:
    """A forest as C up to the function that classifies; that function; and bytes of the tables."""

    code: str
    classify: str
    size: int


def _counter(forest: _Forest, rows: Rows) -> tuple[str, int]:
    """The rows, their weights, and what adds a leaf to the votes, or, of a tree alone, answers; and the bytes of the tables."""
    name, coding, scale, width = forest.name, rows.coding, forest.scale, forest.width
    code, size, weights = array(f"{name}_rows", "uint8_t", rows.bytes), len(rows.bytes), "NULL"
    bytes_ = scale.bytes if coding.heads and scale.weights else 0
    if bytes_:
        values = list(scale.weights.values())
        flat = [value >> 8 * k & 255 for value in values for k in range(3)] if bytes_ == 3 else values
        code, weights = code + array(f"{name}_weights", WEIGHT_TYPES[bytes_], flat), f"{name}_weights"
        size += bytes_ * len(values)
    if forest.alone:
        return code, size
    heads = forest.n_classes if coding.heads else 0
    half = forest.everything // 2 + scale.slack
    return (
        f"""{code}
HOT static uint8_t {name}_count(uint{8 * width}_t *votes, uint_fast16_t leaf)
{{
    return compact_votes_leaf(votes, {width}, leaf, {name}_rows, {coding.entry}, {forest.n_classes}, {heads}, {coding.codes}, {weights},
                              {bytes_}, {scale.one}UL, {half}UL);
}}
""",
        size,
    )


def _alone(forest: _Forest, coding: Coding, leaf: str, rows: bool) -> str:
    """The function that classifies, of one tree."""
    name, n_classes, size = forest.name, forest.n_classes, forest.scale.bytes
    weights = f"{name}_weights" if forest.scale.weights else "NULL"
    answer = f"compact_votes_alone(leaf, {name}_rows, {coding.entry}, {n_classes}, {coding.codes}, {weights}, {size}, {8 * (size - 1)}, proba)"
    only = f"(compact_only((uint_fast8_t)leaf, {n_classes}, proba), (uint8_t)leaf)"
    return f"""
static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
    const uint_fast16_t leaf = {leaf};
    (void)self;
    return {answer if rows else only};
}}
"""


def _walker(name: str, linked: Linked) -> str:
    return f"""
HOT SHARED static uint_fast16_t {name}_leaf(const ROM uint8_t *node, const int16_t *features)
{{
    uint_fast8_t right;
    node = compact_trees_last(node, {linked.bytes}, features, &right);
    return {linked.find};
}}
"""


def _tables(forest: _Forest, coding: Coding, levels: int, nonnegative: bool) -> _Tables:
    """A forest as tables and, of its upper levels, as code."""
    name, n_trees = forest.name, len(forest.trees)
    rows, row_of = Rows(coding), dict(enumerate(forest.rows))
    below, upper, arguments = list(forest.trees), "", ""
    if levels:
        made = branches(name, forest.trees, levels, nonnegative, lambda leaf: rows.place(forest.rows[leaf]))
        below, upper, arguments = made.below, made.code, made.arguments
    linked = link(name, below, row_of, rows) if below else Linked("", 0, "", 0)
    found = len(rows.bytes) > forest.n_classes
    counter, size = _counter(forest, rows) if found else ("", 0)
    code = counter + linked.code + (_walker(name, linked) if below else "") + upper
    add = (
        SOFT.format(name=name)
        if found
        else HARD.format(one=forest.scale.one, half=forest.everything // 2, width=forest.width)
    )
    first = f"{name}_tree0({arguments})" if levels else f"{name}_leaf((const ROM uint8_t *){name}_nodes, features)"
    if forest.alone:
        return _Tables(code, _alone(forest, coding, first, found), linked.size + size)
    body = ("    uint8_t found;\n" if found else "") + (
        _unrolled(name, n_trees, arguments, add) if levels else _loop(name, n_trees, add)
    )
    return _Tables(code, _classify(forest, body), linked.size + size)


def _shortest(forest: _Forest, levels: int, nonnegative: bool) -> _Tables:
    """Of all codings."""
    found = []
    for coding in forest.codings():
        try:
            tables = _tables(forest, coding, levels, nonnegative)
        except TooLargeError as error:
            failed = error
            continue
        found.append((tables.size + (SHARED_CODE if coding.shared else 0), len(found), tables))
    if not found:
        raise failed
    return min(found)[-1]


def _soft_forest(estimator: Any, name: str, made: leaves.Made, cut: Thresholds) -> _Forest:
    """Over counts, or over shares where those have no weights that are exact enough."""
    found = _forest(estimator, name, made.rows, cut, None) if made.fractions else None
    if found is not None:
        return found
    n_trees = len(trees(estimator))
    scale = shares_scale(n_trees)
    found = scale and _forest(estimator, name, leaves.shares(estimator) if made.fractions else made.rows, cut, scale)
    if not found:
        raise TooLargeError(f"{n_trees} trees vote too finely: round their leaves (convert.snap, or leaf_steps)")
    return found


def forest(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A tree, a random forest or extra trees that classify."""
    check_classifier(estimator)
    n_trees, n_classes = len(trees(estimator)), len(estimator.classes_)
    check_number(estimator, MAX_TREES, "trees", n_trees)
    cut = Thresholds(affine, single=True)
    made = None
    if options.vote == "hard":
        contents = [[Row(1, ((int(c), 1),)) for c in classes] for classes in leaves.hard(estimator)]
        chosen = _forest(estimator, name, contents, cut, Scale(1, {}, 1, 0, 0.0))
    else:
        made = leaves.made(estimator, options)
        chosen = _soft_forest(estimator, name, made, cut)
    if options.nonnegative and (calibration.min(initial=0) < 0 or min(map(min_threshold, chosen.trees)) < 0):
        raise ConvertError("there are features or thresholds below 0: leave nonnegative as it is")
    levels = options.code_levels
    if levels is None:
        levels = MAX_LEVELS if options.optimize == "speed" else 0
    tables = _shortest(chosen, levels, options.nonnegative)
    common = {
        "kind": type(estimator).__name__,
        "code": tables.code + tables.classify,
        "headers": ("compact_softmax.h", "compact_trees.h", "compact_votes.h"),
        "members": {"classify": f"{name}_classify"},
        "tables": tables.size,
        "fitted": lambda X: leaves.soft_answers(leaves.Leaves([], 1, estimator, True, 0.0), X, affine),
    }
    if made is None:
        return Piece(
            **common,
            reference=lambda X: leaves.hard_answers(estimator, X, affine),
            note="exact: the majority vote of the trees, the lowest of equals",
        )
    scale, off, note = chosen.scale, chosen.scale.margin, "exact: the same vote as scikit-learn's"
    margin = 0.0 if chosen.alone else scale.margin
    if not chosen.alone:
        off += reciprocal(chosen.everything)[-1] / 255
        if not made.whole or margin:
            note += f"; of classes that are within {max(margin, leaves.ROUNDING):.1g} of a vote the lowest is answered"
    return Piece(
        **common,
        reference=lambda X: leaves.made_answers(made, margin, X, affine),
        bound=Bound(proba=0.5 + 255 * off),
        note=note,
    )


KINDS = dict.fromkeys(CLASSIFIERS, forest)
