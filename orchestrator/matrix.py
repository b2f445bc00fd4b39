"""The matrix app × board, for the README: what fits where, and why something does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.card import table, write_block
from orchestrator.project import ROOT, Env, UserError, apps, board_facts, boards, envs, not_offered

BLOCK = "matrix"


def _kilobytes(n: int) -> str:
    return f"{n / 1024:.1f} kB"


def _board(board: str) -> str:
    facts = board_facts(board)
    return f"`{board}`<br>{facts['name']}, {facts['fieldmouse']['summary']}"


def _cell(env: Env, row: dict[str, Any]) -> str:
    """Flash, RAM and worst-case stack of one image."""
    variant = f"`{env.variant}` " if env.variant else ""
    if "flash" not in row:
        return f"{variant}runs"
    stack = f"{row['stack_static']:,} of {row['stack_limit']:,} B"
    return f"{variant}{_kilobytes(row['flash'])} flash, {_kilobytes(row['ram'])} RAM, stack {stack}"


def notes(app: str = "", board: str = "") -> list[str]:
    """Why a board has a smaller variant for its default, or an app not at all; of one app or board when given."""
    rows = envs(app or None, board or None)
    found = [f"`{env.app}` on `{env.board}` is the variant `{env.variant}`: {env.why}." for env in rows if env.why]
    for name in [app] if app else apps():
        found += [
            f"`{name}` is not offered on `{where}`: {why}."
            for where, why in not_offered(name).items()
            if board in ("", where)
        ]
    return found


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """The matrix, its cells from the rows of `inv size`; an env that was not measured is an error."""
    measured = {row["env"]: row for row in rows}
    missing = [env.name for env in envs() if env.name not in measured]
    if missing:
        raise UserError(f"the matrix shows every env, and these were not measured: {', '.join(missing)}")
    lines = []
    for board in boards():
        cells = []
        for app in apps():
            found = [_cell(env, measured[env.name]) for env in envs(app, board)]
            cells.append("<br>".join(found) or "not offered")
        lines.append([_board(board), *cells])
    because = "\n".join(f"- {note}" for note in notes())
    return f"{table(['board', *(f'`{app}`' for app in apps())], lines)}\n\n{because}".rstrip()


def publish(rows: Sequence[dict[str, Any]]) -> str:
    """Write the matrix into the README; returns its name."""
    path = ROOT / "README.md"
    write_block(path, BLOCK, markdown(rows))
    return path.name
