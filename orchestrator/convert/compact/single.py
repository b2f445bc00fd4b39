"""One tree that classifies, as code: its class without counting, its probabilities from a table."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.convert.compact.binary import Tree
from orchestrator.convert.compact.coded import NUMBER, coded
from orchestrator.convert.compact.rows import Row, Scale
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


def _votes(row: Row, scale: Scale, n_classes: int) -> list[int]:
    """What lib/compact/compact_votes.h counts for a leaf."""
    last = row.most[0] if scale.bytes else row.counts[0][0]
    votes = [0] * n_classes
    for c, count in row.counts:
        votes[c] = count * scale.weights.get(row.n, 1)
    votes[last] += scale.one - sum(votes)
    return votes


def single(
    name: str, tree: Tree, rows: Sequence[Row], scale: Scale, to_255: tuple[int, int, int], options: Options
) -> tuple[str, int]:
    """`<name>_classify` and its tables: C, bytes of tables. The tree's leaves are places in `rows`, of which those of the classes, pure, are the
    first. Probabilities are those that counting would give, with `to_255` as its drop, scale and shift."""
    n_classes = sum(1 for row in rows if row.pure)
    drop, times, shift = to_255
    used = sorted({leaf for leaf in tree.leaves() if leaf >= n_classes})
    new = {c: c for c in range(n_classes)} | {leaf: n_classes + j for j, leaf in enumerate(used)}
    made = coded(name, [tree.renumbered(new)], lambda leaf: leaf, NUMBER, options)
    tables, row, best, size = "", "", "(uint8_t)leaf", made.size
    if used:
        tables = array(
            f"{name}_rows",
            "uint8_t",
            [
                ((votes >> drop) * times + (1 << (shift - 1))) >> shift
                for leaf in used
                for votes in _votes(rows[leaf], scale, n_classes)
            ],
        )
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
