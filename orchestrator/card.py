"""Figures into a model's card: only a command writes them, each into the block that it marks as its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from orchestrator.evaluate import Evaluation, confusion
from orchestrator.project import ROOT, UserError


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are aligned to the right."""
    ruler = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [header, ruler, *rows])


def figures(found: Evaluation, variant: str) -> str:
    """The evaluation as Markdown."""
    names = list(found.metrics)
    rows = [
        [group, *(f"{values[name]:.3f}" if name in values else "–" for name in names)]
        for group, values in [("all", found.metrics), *found.groups.items()]
    ]
    truth, answers, counts = confusion(found.runs)
    matrix = [[name, *(f"{value:.0f}" for value in row)] for name, row in zip(truth, counts, strict=True)]
    labels = sorted({label for row in found.support.values() for label in row})
    support = [[group, *(str(row.get(label, "·")) for label in labels)] for group, row in found.support.items()]
    title = f"{found.data}, trained on {found.trained_on}{f', variant {variant}' if variant else ''}"
    return "\n\n".join(
        [
            f"### {title[0].upper()}{title[1:]}",
            f"{found.protocol[0].upper()}{found.protocol[1:]}; {found.n} decisions; mean of {len(found.runs)} seeds. "
            f"The C answered all of {found.compared} rows, learned from and tested, as scikit-learn.",
            table(["group", *names], rows),
            "Truth (rows) against answers (columns), mean of the seeds:",
            table(["truth", *answers], matrix),
            "Support, labelled decisions:",
            table(["group", *labels], support),
        ]
    )


def write_block(path: Path, name: str, text: str) -> None:
    """Replace the block `name` of a Markdown file, or append it."""
    if not path.exists():
        raise UserError(f"{path} is missing: write the card's own words first")
    begin, end = f"<!-- {name}: written by --publish -->", f"<!-- end of {name} -->"
    block = f"{begin}\n{text}\n{end}"
    before = path.read_text(encoding="utf-8")
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    after = pattern.sub(lambda _match: block, before) if pattern.search(before) else f"{before.rstrip()}\n\n{block}\n"
    path.write_text(after, encoding="utf-8")


def publish(found: Evaluation, variant: str) -> Path:
    """Write an evaluation into models/<app>/card.md."""
    path = ROOT / "models" / found.app / "card.md"
    parts = [found.data, found.trained_on, found.protocol.split(":")[0], variant or "default"]
    write_block(path, " · ".join(parts), figures(found, variant))
    return path.relative_to(ROOT)
