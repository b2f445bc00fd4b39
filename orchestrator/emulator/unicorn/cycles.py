"""What the instructions of a Cortex-M0+ cost, from the table of its TRM (DDI 0484C, table 3-1), with no wait states.

counter.c has the same table. Left out, because only the address or the flags of the moment would tell: the one cycle
that an access through the single-cycle I/O port saves, and a conditional branch to the very next instruction.
"""

from __future__ import annotations

from dataclasses import dataclass

TAKEN = 1  # more, when a conditional branch is taken
ENTRY = 15  # exception entry: "the worst case interrupt latency ... is 15 cycles" (3.6.1)
# The TRM has no figure for the return. It unstacks eight words and refills the pipeline, so it is counted as the POP
# of eight words with PC, 3 + 8, of which the BX or POP that caused it has paid for 2.
RETURN = 9


@dataclass(frozen=True)
class Cost:
    """One block: its instructions, its cycles if the branch at its end is not taken, and whether that is conditional."""

    instructions: int
    cycles: int
    conditional: bool


def is_wide(first: int) -> bool:
    """A 32-bit instruction starts with 11101, 11110 or 11111 (ARMv6-M ARM, A5.1)."""
    return first >> 11 >= 0x1D


def cycles_of(first: int) -> int:
    """One instruction; a conditional branch as if it is not taken."""
    if is_wide(first):
        return 3  # BL; MRS, MSR, DMB, DSB, ISB
    kind = first >> 12
    if kind == 0x4:
        if first >> 11 & 1:  # LDR literal
            return 2
        if first >> 8 in (0x44, 0x46):  # ADD and MOV of any register: PC as the destination is a branch
            return 2 if first & 0x87 == 0x87 else 1
        return 2 if first >> 8 == 0x47 else 1  # BX, BLX
    if 0x5 <= kind <= 0x9:  # load and store
        return 2
    if kind == 0xC:  # LDM, STM
        return 1 + (first & 0xFF).bit_count()
    if kind == 0xE:  # B
        return 2
    if first & 0xF600 == 0xB400:  # PUSH, POP; N includes LR or PC
        return (3 if first & 0x0900 == 0x0900 else 1) + (first & 0x1FF).bit_count()
    return 2 if first in (0xBF20, 0xBF30) else 1  # WFE, WFI


def is_conditional(first: int) -> bool:
    """B with a condition; 0xDExx is UDF and 0xDFxx is SVC."""
    return first >> 12 == 0xD and first >> 9 & 7 != 7


def cost_of(code: bytes) -> Cost:
    """What a run of instructions costs."""
    at = instructions = cycles = first = 0
    while at < len(code):
        first = code[at] | code[at + 1] << 8
        wide = is_wide(first)
        cycles += cycles_of(first)
        instructions += 1
        at += 4 if wide else 2
    return Cost(instructions, cycles, bool(code) and is_conditional(first))
