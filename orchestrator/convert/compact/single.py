"""One tree that classifies, as code: its class without counting, its probabilities from a table."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.convert.compact.binary import Tree
from orchestrator.convert.compact.coded import NUMBER, coded
from orchestrator.convert.compact.rows import Row
from orchestrator.convert.ctext import array
from orchestrator.convert.options import Options

ROW = """        if (leaf >= {n_classes}U) {{
            const ROM uint8_t *row = &{name}_rows[(size_t)(leaf - {n_classes}U) * {n_classes}U];
            for (uint_fast8_t c = 0; c < {n_classes}U; c++) {{
                proba[c] = row[c];
            }}
            return {name}_best[leaf];
        }}
"""


def _share(row: Row, n_classes: int) -> list[int]:
    """Each class's part of a leaf in 255ths, rounded to nearest."""
    counts = dict(row.counts)
    return [(510 * counts.get(c, 0) + row.n) // (2 * row.n) for c in range(n_classes)]


def single(name: str, tree: Tree, rows: Sequence[Row], n_classes: int, options: Options) -> tuple[str, int]:
    """`<name>_classify` and its tables: C, bytes of tables. The tree's leaves are places in `rows`, of which the first n_classes are pure."""
    used = sorted({leaf for leaf in tree.leaves() if leaf >= n_classes})
    new = {c: c for c in range(n_classes)} | {leaf: n_classes + j for j, leaf in enumerate(used)}
    made = coded(name, [tree.renumbered(new)], lambda leaf: leaf, NUMBER, options)
    tables, row, best, size = "", "", "(uint8_t)leaf", made.size
    if used:
        tables = array(f"{name}_rows", "uint8_t", [share for leaf in used for share in _share(rows[leaf], n_classes)])
        tables += array(f"{name}_best", "uint8_t", [*range(n_classes), *(rows[leaf].most[0] for leaf in used)])
        row, best = ROW.format(name=name, n_classes=n_classes), f"{name}_best[leaf]"
        size += len(used) * n_classes + n_classes + len(used)
    return (
        f"""{tables}{made.code}
HOT static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
{made.begin}    const uint_fast16_t leaf = {made.call.format(0)};
    (void)self;
    if (proba != NULL) {{
{row}        compact_only((uint_fast8_t)leaf, {n_classes}, proba);
    }}
    return {best};
}}
""",
        size,
    )
