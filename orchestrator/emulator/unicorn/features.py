"""What a core is, and what a chip's maker chose of it, as data: the rest of the emulator asks, and does not branch on names.

ARMv7-M is the default (DDI 0403E); `ARMV6M` holds what differs in a Cortex-M0+ (DDI 0419C, and the core's own TRM,
DDI 0484C).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EVERY_WORD = frozenset(range(0, 0x1000, 4))


@dataclass(frozen=True)
class Features:
    """One chip's core."""

    irqs: int
    priority_bits: int
    fpu: bool
    systick_in_sleep: bool
    vectors: int = 0  # where a reset finds its vector table
    lockup_resets: bool = True  # or the CPU stands still until something else resets it
    registers: Mapping[int, int] = field(
        default_factory=dict
    )  # of the System Control Space, that only tell what the core is
    present: frozenset[int] = EVERY_WORD  # offsets of the System Control Space that are there
    narrow_access: bool = True  # bytes and halfwords of the System Control Space
    ccr: int = 1 << 9  # as after reset: STKALIGN
    ccr_writable: bool = True
    vtor: int = 0xFFFFFF80  # its bits
    icsr: int = 0xFFFFFFFF  # its bits
    priority_groups: bool = True
    own_faults: tuple[int, ...] = (4, 5, 6)  # those that can have a handler of their own; else all are HardFault
    cycle_counter: bool = True  # DWT_CYCCNT
    conditional_blocks: bool = True  # IT, CBZ, CBNZ
    cycle_table: bool = False  # the cycles of its instructions are known: see cycles.py


# B3.2 (SCB), B3.3 (SysTick), B3.4 (NVIC): 0xE000E000 and up. ACTLR and the vector table's register are the M0+'s.
_V6M_REGISTERS = frozenset(
    {0x008, 0x010, 0x014, 0x018, 0x01C, 0x100, 0x180, 0x200, 0x280, *range(0x400, 0x420, 4)}
    | {0xD00, 0xD04, 0xD08, 0xD0C, 0xD10, 0xD14, 0xD1C, 0xD20, 0xD24}
)

# B3.2.8: CCR is read-only; STKALIGN and UNALIGN_TRP read one. B3.2.4: no RETTOBASE. DDI 0484C, 4.1: CPUID, VTOR.
ARMV6M: dict[str, Any] = {
    "fpu": False,
    "registers": {0xD00: 0x410CC601},
    "present": _V6M_REGISTERS,
    "narrow_access": False,
    "ccr": 1 << 9 | 1 << 3,
    "ccr_writable": False,
    "vtor": 0xFFFFFF00,
    "icsr": 0xFFFFFFFF & ~(1 << 11),
    "priority_groups": False,
    "own_faults": (),
    "cycle_counter": False,
    "conditional_blocks": False,
    "cycle_table": True,
}
