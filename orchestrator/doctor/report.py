"""All checks in one table, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from rich.markup import escape
from rich.table import Table

from orchestrator.doctor import hardware, software
from orchestrator.doctor.check import Check
from orchestrator.progress import out

SECTIONS: tuple[Callable[[], Sequence[Check]], ...] = (
    software.project,
    software.toolchains,
    software.emulators,
    software.flashers,
    hardware.connected,
    hardware.permissions,
)


def look() -> list[Check]:
    """Every check. One that fails itself is a line like any other: this is what is called when things are broken."""
    checks: list[Check] = []
    for section in SECTIONS:
        try:
            checks += section()
        except Exception as error:
            name = section.__name__
            checks.append(
                Check(name, name, False, f"could not be looked at: {error!r}", "report this, with the line above")
            )
    return checks


def table(checks: Sequence[Check]) -> Table:
    """What was found; the commands for what is not well come below it, whole, so that they can be copied."""
    shown = Table("", "what", "found", title="inv doctor")
    last = ""
    for check in checks:
        if check.group != last:
            shown.add_section()
            shown.add_row("", f"[bold]{check.group}[/]", "")
            last = check.group
        word = "[green]ok[/]" if check.ok else "[bold red]needed[/]" if check.needed else "[yellow]absent[/]"
        shown.add_row(word, check.name, escape(check.found))
    return shown


def doctor(show: bool = True) -> dict[str, Any]:
    """Look at everything and return the document of `inv doctor --json`; `ok` is whether `./inv demo` has all that it needs."""
    checks = look()
    broken = [check for check in checks if check.needed and not check.ok]
    if show:
        out.print(table(checks))
        for check in checks:
            if not check.ok:
                out.print(f"{check.name}, {check.found}:\n    {check.fix}", markup=False, soft_wrap=True)
        out.print(
            f"`./inv demo` lacks: {', '.join(check.name for check in broken)}"
            if broken
            else "`./inv demo` has all that it needs."
        )
    return {"ok": not broken, "checks": [asdict(check) for check in checks]}
