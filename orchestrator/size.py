"""What an image takes: flash, RAM, stack and instructions, against its board's limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from elftools.elf.elffile import ELFFile
from rich.table import Table

from fieldmouse.recording import Recording
from orchestrator.link import Facts, Node
from orchestrator.project import Env, UserError, board_facts
from orchestrator.stack import worst_case

NOISE_SECONDS = 45
BENCH_DECISIONS = 20
ALLOCATED, NOT_STORED = 2, "SHT_NOBITS"


CODE, RAM = {"code", "boot"}, {"data", "stack", "dma"}


def _regions(board: str, roles: set[str]) -> list[tuple[int, int]]:
    memory = board_facts(board)["fieldmouse"]["memory"]
    return [(int(m["origin"], 0), int(m["origin"], 0) + m["bytes"]) for m in memory if roles & set(m["roles"])]


def sections(env: Env) -> dict[str, int]:
    """Flash and RAM that the linked image takes, the reserved stack included, and the limits; empty for the host."""
    data_regions = _regions(env.board, RAM)
    code_regions = _regions(env.board, CODE)
    if not data_regions:
        return {}
    flash = ram = 0
    with env.elf.open("rb") as file:
        for section in ELFFile(file).iter_sections():
            if not section["sh_flags"] & ALLOCATED:
                continue
            in_ram = any(low <= section["sh_addr"] < high for low, high in data_regions)
            ram += section["sh_size"] if in_ram else 0
            flash += section["sh_size"] if section["sh_type"] != NOT_STORED else 0
    return {
        "flash": flash,
        "flash_limit": sum(high - low for low, high in code_regions),
        "ram": ram,
        "ram_limit": sum(high - low for low, high in data_regions),
    }


def toolchain(env: Env) -> str:
    """The compiler of our own code, as the image's debug information names it."""
    with env.elf.open("rb") as file:
        elf = ELFFile(file)
        said = set()
        for unit in elf.get_dwarf_info().iter_CUs() if elf.has_dwarf_info() else ():
            producer = unit.get_top_DIE().attributes.get("DW_AT_producer")
            said.add(producer.value if producer else b"")
    clang = any(b"clang" in text or b"zig" in text for text in said)
    return "zig" if clang else "gcc" if any(text.startswith(b"GNU C") for text in said) else "unknown"


def noise(facts: Facts, seconds: float = NOISE_SECONDS, seed: int = 1) -> Recording:
    """A recording of nothing but noise that fits the streams that a board names."""
    generator = np.random.default_rng(seed)
    streams = {
        row["id"]: generator.integers(
            -row["limit"] // 8, row["limit"] // 8, (int(seconds * row["rate_hz"]), row["channels"]), dtype=np.int16
        )
        for row in facts.streams
    }
    return Recording("noise", {}, {row["id"]: row["rate_hz"] for row in facts.streams}, streams)


def measure(env: Env) -> dict[str, Any]:
    """One row of `inv size --json`; what cannot be measured on this board is absent."""
    if not env.elf.exists():
        raise UserError(f"{env.name} is not built: inv build --app {env.app} --board {env.board}")
    row: dict[str, Any] = {"env": env.name, **sections(env), "toolchain": toolchain(env)}
    facts = board_facts(env.board)["fieldmouse"]
    if row.get("flash"):
        row["stack_static"] = worst_case(env.elf).total
        row["stack_limit"] = facts["stack_bytes"]
    for what in facts["emulator"]["counts"]:  # what the chip's cycle counter shows is the emulator's choice
        with Node(f"{env.url}&count={what}") as node:
            row[what] = node.bench(BENCH_DECISIONS)["mean"]
    with Node(env.url) as node:
        row["data"] = node.facts.boot["data"]
        if row.get("flash"):
            node.feed(noise(node.facts))
            row["stack_seen"] = node.stats()["stack"]
    return row


PAIRS = {
    "flash": ("flash", "flash_limit"),
    "RAM with stack": ("ram", "ram_limit"),
    "worst stack": ("stack_static", "stack_limit"),
}
SINGLE = {"seen": "stack_seen", "instructions": "instructions", "cycles": "cycles"}


def _number(row: dict[str, Any], member: str) -> str:
    return "–" if row.get(member) is None else f"{row[member]:,}"


def size_table(rows: Sequence[dict[str, Any]]) -> Table:
    """The rows for people."""
    table = Table(title="What each image takes (bytes, of the board's limit; instructions and CPU cycles a decision)")
    table.add_column("env")
    for name in (*PAIRS, *SINGLE):
        table.add_column(name, justify="right")
    table.add_column("compiler")
    table.add_column("data")
    for row in rows:
        cells = [
            f"{_number(row, used)} of {_number(row, limit)}" if used in row else "–" for used, limit in PAIRS.values()
        ]
        cells += [_number(row, member) for member in SINGLE.values()]
        table.add_row(row["env"], *cells, row["toolchain"], row["data"])
    return table
