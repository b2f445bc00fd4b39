"""Voting tree ensembles for our own engine: lib/compact/compact_trees.h walks, lib/compact/compact_votes.h counts."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from orchestrator.convert.compact import leaves
from orchestrator.convert.compact.binary import Thresholds, Tree, from_sklearn
from orchestrator.convert.compact.coarse import worth_lines
from orchestrator.convert.compact.coded import NUMBER, Coded, coded, wants_code
from orchestrator.convert.compact.linking import Linked, Rows, link
from orchestrator.convert.compact.rows import (
    BYTE,
    CODES,
    NIBBLE,
    SHARE20,
    SHARE24,
    Coding,
    Row,
    Scale,
    scale_of,
    shares_scale,
)
from orchestrator.convert.compact.single import single
from orchestrator.convert.ctext import array
from orchestrator.convert.ensemble import CLASSIFIERS, check_classifier, check_number, trees
from orchestrator.convert.errors import ConvertError, TooLargeError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Bound, Piece
from orchestrator.convert.pipeline import Affine

MAX_TREES = 65535
EXACT_ALL = 2**16  # votes of all trees up to which probabilities are rounded to nearest
PROBA_OFF = 0.02  # in 255ths, beyond it
WEIGHT_TYPES = {1: "uint8_t", 2: "uint16_t", 3: "uint8_t", 4: "uint32_t"}
UNROLLED = 12
HEADLESS = 270  # leaves of so many parts can do without weights


def reciprocal(everything: int) -> tuple[int, int, int]:
    """(drop, scale, shift) with which ((v >> drop) · scale + 2^(shift − 1)) >> shift is v · 255 / everything for each v up to `everything`, within
    32 bits: rounded to nearest up to EXACT_ALL, else within PROBA_OFF before it is rounded."""
    if everything <= EXACT_ALL:
        votes = np.arange(everything + 1, dtype=np.uint64)
        wanted = (votes * 255 + everything // 2) // everything
        for shift in range(1, 24):
            scale = -(-255 * 2**shift // everything)
            if (
                scale * everything + 2 ** (shift - 1) < 2**32
                and (((votes * scale + 2 ** (shift - 1)) >> shift) == wanted).all()
            ):
                return 0, scale, shift
    drop = max(everything.bit_length() - 16, 0)
    return drop, round(255 * 2 ** (23 + drop) / everything), 23


@dataclass(frozen=True)
class _Forest:
    """Trees whose leaves are numbers of `rows`; the first n_classes are pure."""

    name: str
    n_classes: int
    trees: Sequence[Tree]
    rows: Sequence[Row]
    scale: Scale

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
        if narrow and self.scale.weights and self.scale.slack == 0 and self.scale.one <= HEADLESS:
            yield Coding(self.n_classes, self.scale, entry, False)
        plain = Coding(self.n_classes, self.scale, entry, True)
        yield plain
        uses = Counter(leaf for tree in self.trees for leaf in tree.leaves())
        gain = {
            self.rows[leaf]: n * (len(plain.body(self.rows[leaf])) - 1) - len(plain.body(self.rows[leaf])) - 2
            for leaf, n in uses.items()
        }
        room = CODES - self.n_classes - len(self.scale.weights)
        shared = sorted((row for row in gain if not row.pure and gain[row] > 0), key=lambda row: -gain[row])[:room]
        if shared:
            yield Coding(self.n_classes, self.scale, entry, True, tuple(shared))


def _forest(
    estimator: Any, name: str, contents: Sequence[Sequence[Row | None]], cut: Thresholds, scale: Scale | None
) -> _Forest | None:
    """None where the rows have no scale. Without one, it is found."""
    n_classes = len(estimator.classes_)
    known: dict[Any, int] = {Row(1, ((c, 1),)): c for c in range(n_classes)}
    built = [from_sklearn(t.tree_, rows, known, cut) for t, rows in zip(trees(estimator), contents, strict=True)]
    rows = list(known)
    scale = scale or scale_of([[rows[leaf] for leaf in set(tree.leaves())] for tree in built])
    if scale is None or n_classes + len(scale.weights) > CODES:
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
    drop, scale, shift = reciprocal(forest.everything)
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


def _unrolled(made: Coded, n_trees: int, count: str) -> str:
    """Tree after tree, each a function."""
    calls = [f"    leaf = {made.call.format(k)};\n{count.replace('        ', '    ', 1)}" for k in range(n_trees)]
    return "    uint_fast16_t leaf;\n" + made.begin + made.again.join(calls)


ALONE = """
static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
{begin}    const uint_fast16_t leaf = {leaf};
    (void)self;
    compact_only((uint_fast8_t)leaf, {n_classes}, proba);
    return (uint8_t)leaf;
}}
"""
HARD = """        if (compact_votes_add(votes.of, {width}, leaf, {one}) > {half}UL && proba == NULL) {{
            return (uint8_t)leaf;
        }}
"""
PURE = """        if (leaf < {n_classes}U) {{
            if (compact_votes_add(votes.of, {width}, leaf, {one}UL) > {half}UL && proba == NULL) {{
                return (uint8_t)leaf;
            }}
        }} else {{
            found = {name}_count(votes.of, leaf);
            if (found != 0 && proba == NULL) {{
                return (uint8_t)(found - 1);
            }}
        }}
"""
SOFT = """        found = {name}_count(votes.of, leaf);
        if (found != 0 && proba == NULL) {{
            return (uint8_t)(found - 1);
        }}
"""


@dataclass(frozen=True)
class _Tables:
    """A forest with rows: C up to the function that classifies, how that begins, its body, bytes, and splits that are code."""

    code: str
    begin: str
    body: str
    size: int
    branches: int
    first: str
    rows: bool


def _counter(forest: _Forest, rows: Rows) -> tuple[str, int]:
    """The rows, their weights, and what adds a leaf to the votes; and the bytes of the tables."""
    name, coding, scale, width = forest.name, rows.coding, forest.scale, forest.width
    code, size, places, weights = array(f"{name}_rows", "uint8_t", rows.bytes), len(rows.bytes), "NULL", "NULL"
    if rows.shared:
        code, places = code + array(f"{name}_places", "uint16_t", rows.shared), f"{name}_places"
        size += 2 * len(rows.shared)
    bytes_ = scale.bytes if coding.header and scale.weights else 0
    if bytes_:
        values = list(scale.weights.values())
        flat = [value >> 8 * k & 255 for value in values for k in range(3)] if bytes_ == 3 else values
        code, weights = code + array(f"{name}_weights", WEIGHT_TYPES[bytes_], flat), f"{name}_weights"
        size += bytes_ * len(values)
    half = forest.everything // 2 + scale.slack
    return (
        f"""{code}
HOT static uint8_t {name}_count(uint{8 * width}_t *votes, uint_fast16_t leaf)
{{
    return compact_votes_leaf(votes, {width}, leaf, {name}_rows, {coding.entry}, {forest.n_classes}, {coding.codes}, {places}, {weights},
                              {bytes_}, {scale.one}UL, {half}UL);
}}
""",
        size,
    )


def _walker(name: str, linked: Linked) -> str:
    return f"""
HOT SHARED static uint_fast16_t {name}_leaf(const ROM uint8_t *node, const int16_t *features)
{{
    uint_fast8_t right;
    node = compact_trees_last(node, {linked.bytes}, features, &right);
    return {linked.find};
}}
"""


def _tables(forest: _Forest, coding: Coding, options: Options) -> _Tables:
    """A forest as tables, or as code, or partly so."""
    name, n_trees = forest.name, len(forest.trees)
    rows = Rows(coding)
    made, begin = None, ""
    if wants_code(options):
        made = coded(name, forest.trees, lambda leaf: rows.number(forest.rows[leaf]), NUMBER, options)
        trees_code, size = made.code, made.size
    else:
        lines = worth_lines(forest.trees)
        linked = link(name, lines.trees if lines else forest.trees, dict(enumerate(forest.rows)), rows)
        trees_code, size = linked.code + _walker(name, linked), linked.size
        if lines:
            trees_code, size, begin = lines.tables(name) + trees_code, size + lines.size, lines.statements(name)
    found = len(rows.bytes) > len(coding.coded)
    counter, rows_size = _counter(forest, rows) if found else ("", 0)
    add = (
        (PURE if made else SOFT).format(
            name=name,
            one=forest.scale.one,
            half=forest.everything // 2 + forest.scale.slack,
            width=forest.width,
            n_classes=forest.n_classes,
        )
        if found
        else HARD.format(one=forest.scale.one, half=forest.everything // 2, width=forest.width)
    )
    body = _unrolled(made, n_trees, add) if made else _loop(name, n_trees, add)
    first = f"{name}_leaf((const ROM uint8_t *){name}_nodes, features)"
    body = begin + ("    uint8_t found;\n" if found else "") + body
    return _Tables(counter + trees_code, begin, body, size + rows_size, made.splits if made else 0, first, found)


def _shortest(forests: Sequence[_Forest], options: Options) -> tuple[_Forest, _Tables]:
    """Of all codings of all forests."""
    found = []
    for forest, coding in itertools.chain.from_iterable(((forest, c) for c in forest.codings()) for forest in forests):
        try:
            found.append((forest, _tables(forest, coding, options)))
        except TooLargeError as error:
            failed = error
    if not found:
        raise failed
    return min(found, key=lambda pair: pair[1].size)


def _soft_forests(estimator: Any, name: str, made: leaves.Made, cut: Thresholds) -> list[_Forest]:
    """The forest over counts, and over shares where those may be shorter."""
    found = [_forest(estimator, name, made.rows, cut, None)] if made.fractions else []
    if not found or found[0] is None:
        scale = shares_scale(len(trees(estimator)))
        if scale is None:
            raise TooLargeError(
                f"{len(trees(estimator))} trees vote too finely: round their leaves (convert.snap, or leaf_steps)"
            )
        found = [_forest(estimator, name, leaves.shares(estimator) if made.fractions else made.rows, cut, scale)]
    return [forest for forest in found if forest is not None]


def forest(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A tree, a random forest or extra trees that classify."""
    check_classifier(estimator)
    n_trees, n_classes = len(trees(estimator)), len(estimator.classes_)
    check_number(estimator, MAX_TREES, "trees", n_trees)
    cut = Thresholds(affine, single=True)
    made = None
    if options.vote == "hard":
        contents = [[Row(1, ((int(c), 1),)) for c in classes] for classes in leaves.hard(estimator)]
        built = [_forest(estimator, name, contents, cut, Scale(1, {}, 1, 0, 0.0))]
    else:
        made = leaves.made(estimator, options)
        built = _soft_forests(estimator, name, made, cut)
    if options.nonnegative and (calibration.min(initial=0) < 0 or min(map(min_threshold, built[0].trees)) < 0):
        raise ConvertError("there are features or thresholds below 0: leave nonnegative as it is")
    if n_trees == 1 and wants_code(options):
        scale = built[0].scale
        alone = built[0]
        code, size = single(name, alone.trees[0], alone.rows, scale, reciprocal(alone.everything), options)
        in_code = len(alone.trees[0])
    else:
        chosen, tables = _shortest(built, options)
        scale = chosen.scale
        alone = ALONE.format(name=name, begin=tables.begin, leaf=tables.first, n_classes=n_classes)
        code = tables.code + (alone if n_trees == 1 and not tables.rows else _classify(chosen, tables.body))
        size, in_code = tables.size, tables.branches
    common = {
        "kind": type(estimator).__name__,
        "code": code,
        "headers": ("compact_softmax.h", "compact_trees.h", "compact_votes.h"),
        "members": {"classify": f"{name}_classify"},
        "tables": size,
        "branches": in_code,
        "fitted": lambda X: leaves.soft_answers(leaves.Leaves([], 1, estimator, True, 0.0), X, affine),
    }
    if made is None:
        return Piece(
            **common,
            reference=lambda X: leaves.hard_answers(estimator, X, affine),
            note="exact: the majority vote of the trees, the lowest of equals",
        )
    note = "exact: the same vote as scikit-learn's"
    if not made.whole or scale.margin:
        note += (
            f"; of classes that are within {max(scale.margin, leaves.ROUNDING):.1g} of a vote the lowest is answered"
        )
    return Piece(
        **common,
        reference=lambda X: leaves.made_answers(made, scale.margin, X, affine),
        bound=Bound(proba=0.5 + (PROBA_OFF if scale.one * n_trees > EXACT_ALL else 0)),
        note=note,
    )


KINDS = dict.fromkeys(CLASSIFIERS, forest)
