"""A forest that votes as C: what walks its trees, what counts their leaves, and what answers, for lib/compact/compact_votes.h."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from orchestrator.convert.compact.binary import Tree
from orchestrator.convert.compact.coarse import worth_lines
from orchestrator.convert.compact.coded import LEAF_BYTES, NUMBER, WIDE_LEAF_BYTES, Coded, Parts, coded, wants_code
from orchestrator.convert.compact.linking import Linked, Rows, link
from orchestrator.convert.compact.rows import BYTE, NIBBLE, PLACES, SHARE20, SHARE24, Coding, Row, Scale
from orchestrator.convert.compact.single import single
from orchestrator.convert.ctext import array
from orchestrator.convert.errors import TooLargeError
from orchestrator.convert.options import Options

EXACT_ALL = 2**16  # votes of all trees up to which probabilities may be rounded to nearest
PROBA_OFF = 0.02  # in 255ths: 255 / 2^15 for the bits that are dropped, and half of 2^-8 for the scale
WEIGHT_TYPES = {1: "uint8_t", 2: "uint16_t", 3: "uint8_t", 4: "uint32_t"}
UNROLLED = 12  # words of votes that are set to zero one by one
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
class Forest:
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

    @cached_property
    def to_255(self) -> tuple[int, int, int, float]:
        """As reciprocal's, for the votes of a class."""
        if self.alone:
            return 0, 1, 8 * (self.scale.bytes - 1), self.scale.margin * 255
        drop, scale, shift, off = reciprocal(self.everything)
        return drop, scale, shift, off + self.scale.margin * 255

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


def _classify(forest: Forest, body: str) -> str:
    name, n_classes, width = forest.name, forest.n_classes, forest.width
    drop, scale, shift, _ = forest.to_255
    declaration, zero = _zero(n_classes, width)
    return f"""
static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
{declaration}    (void)self;
{zero}{body}    return compact_votes_end(votes.of, {width}, {n_classes}, {forest.scale.slack}UL, {drop}, {scale}UL, {shift}, proba);
}}
"""


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


def _counter(forest: Forest, rows: Rows, fast: bool) -> tuple[str, int]:
    """The rows, their weights, and what adds a leaf to the votes, or, of a tree alone, answers; and the bytes of the tables.
    `fast` ones have weights of whole words."""
    name, coding, scale, width = forest.name, rows.coding, forest.scale, forest.width
    code, size, weights = array(f"{name}_rows", "uint8_t", rows.bytes), len(rows.bytes), "NULL"
    bytes_ = scale.bytes if coding.heads and scale.weights else 0
    bytes_ = 4 if fast and bytes_ == 3 else bytes_
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


def _alone(forest: Forest, coding: Coding, begin: str, leaf: str, rows: bool) -> str:
    """The function that classifies, of one tree."""
    name, n_classes, size = forest.name, forest.n_classes, forest.scale.bytes
    weights = f"{name}_weights" if forest.scale.weights else "NULL"
    answer = f"compact_votes_alone(leaf, {name}_rows, {coding.entry}, {n_classes}, {coding.codes}, {weights}, {size}, {8 * (size - 1)}, proba)"
    only = f"(compact_only((uint_fast8_t)leaf, {n_classes}, proba), (uint8_t)leaf)"
    return f"""
static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
{begin}    const uint_fast16_t leaf = {leaf};
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


def _tables(forest: Forest, coding: Coding, options: Options) -> tuple[str, int, int]:
    """A forest in one coding: C, the bytes of its tables, and about those of trees that are code."""
    name, n_trees, rows = forest.name, len(forest.trees), Rows(coding)

    def linked(trees: Sequence[Tree]) -> tuple[str, int]:
        made = link(name, trees, dict(enumerate(forest.rows)), rows)
        return made.code + _walker(name, made), made.size

    made, begin, code_bytes = None, "", 0
    if wants_code(options):
        parts = Parts(
            lambda features: f"{name}_leaf((const ROM uint8_t *){name}_nodes + {name}_roots[part], {features})",
            linked,
            0,
            lambda leaf: LEAF_BYTES if leaf < forest.n_classes else WIDE_LEAF_BYTES,
        )
        made = coded(name, forest.trees, lambda leaf: rows.place(forest.rows[leaf]), NUMBER, options, parts)
        code, size, code_bytes = made.code, made.size, made.flash
    else:
        lines = worth_lines(forest.trees)
        code, size = linked(lines.trees if lines else forest.trees)
        if lines:
            code, size, begin = lines.tables(name) + code, size + lines.size, lines.statements(name)
    found = len(rows.bytes) > forest.n_classes
    counter, rows_size = _counter(forest, rows, made is not None) if found else ("", 0)
    if forest.alone:
        leaf = f"{name}_leaf((const ROM uint8_t *){name}_nodes, features)"
        return counter + code + _alone(forest, coding, begin, leaf, found), size + rows_size, code_bytes
    add = (PURE if made else SOFT) if found else HARD
    add = add.format(
        name=name,
        one=forest.scale.one,
        half=forest.everything // 2 + forest.scale.slack,
        width=forest.width,
        n_classes=forest.n_classes,
    )
    body = _unrolled(made, n_trees, add) if made else _loop(name, n_trees, add)
    body = begin + ("    uint8_t found;\n" if found else "") + body
    return counter + code + _classify(forest, body), size + rows_size, code_bytes


def written(forest: Forest, options: Options) -> tuple[str, int, int]:
    """The tables of a forest and `<name>_classify`, in the coding in which they are the shortest: C, bytes of tables, and about those of trees
    that are code.

    Raises TooLargeError where there is none.
    """
    if forest.alone and wants_code(options):
        return single(forest.name, forest.trees[0], forest.rows, forest.scale, forest.to_255[:3], options)
    found = []
    for coding in forest.codings():
        try:
            code, size, code_bytes = _tables(forest, coding, options)
        except TooLargeError as error:
            failed = error
            continue
        found.append((size + (SHARED_CODE if coding.shared else 0), len(found), code, size, code_bytes))
    if not found:
        raise failed
    return min(found)[2:]
