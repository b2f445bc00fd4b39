"""A Thumb image: its functions, their lines, and what each does to the stack pointer on its way through its own code."""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import capstone
from capstone import arm
from elftools.elf.elffile import ELFFile

from orchestrator.image import ENDLESS, Function, Image, StackError

BRANCHES = ("b", "cbz", "cbnz")
IT_BLOCK = re.compile(r"it[te]{0,3}")
CALLER_SAVED = ("r0", "r1", "r2", "r3", "ip", "r12", "lr")
BASIC_FRAME = 32 + 4  # Armv7-M ARM, B1.5.7: eight words, and up to one word to align
EXTENDED_FRAME = 104 + 4  # with the floating-point registers


class ThumbImage(Image):
    """A Thumb image: its vector table, its mapping symbols, whether it uses the FPU."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        table = [s for s in self.symbols if s.name == "vectors"]
        self._table = (table[0]["st_value"], table[0]["st_size"]) if table else None
        marks = sorted((s["st_value"] & ~1, s.name[:2]) for s in self.symbols if s.name[:2] in ("$t", "$d"))
        self._mark_at = [address for address, _ in marks]
        self._mark = [kind for _, kind in marks]

    def read_attributes(self, elf: ELFFile) -> Mapping[str, Any]:
        attributes = elf.get_section_by_name(".ARM.attributes")
        tags = [
            a.tag for s in attributes.iter_subsections() for ss in s.iter_subsubsections() for a in ss.iter_attributes()
        ]
        return {"fpu": "TAG_ABI_VFP_ARGS" in tags}

    @property
    def interrupt_frame(self) -> int:
        return EXTENDED_FRAME if self.attributes["fpu"] else BASIC_FRAME

    def analyse(self, start: int) -> Function:
        return analyse(self, start)

    def vectors(self) -> list[int]:
        """The functions in the vector table: reset's first, then each exception's and interrupt's (B1.5.3)."""
        if self._table is None:
            raise StackError(f"{self.path.name} has no symbol `vectors`: its vector table must be called that")
        start, size = self._table
        words = struct.unpack(f"<{size // 4}I", self.bytes_at(start, start + size))
        return [words[1] & ~1, *sorted({word & ~1 for word in words[2:] if word})]

    def is_code(self, address: int) -> bool:
        """Whether mapping symbols say that instructions are here."""
        at = bisect_right(self._mark_at, address) - 1
        return at < 0 or self._mark[at] == "$t"


def _decoder() -> capstone.Cs:
    decoder = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    decoder.detail = True
    return decoder


def _registers(instruction: capstone.CsInsn) -> int:
    total = 0
    for operand in instruction.operands:
        if operand.type == arm.ARM_OP_REG:
            name = instruction.reg_name(operand.reg)
            total += 8 if name.startswith("d") else 4
    return total


def _stack_change(instruction: capstone.CsInsn) -> int | None:
    """Bytes that the instruction takes from the stack (negative: gives back); None when it cannot be told."""
    name, operands = instruction.mnemonic.split(".")[0], instruction.operands
    if name in ("push", "vpush"):
        return _registers(instruction)
    if name in ("pop", "vpop"):
        return -_registers(instruction)
    writes_sp = any(instruction.reg_name(r) == "sp" for r in instruction.regs_access()[1])
    if not writes_sp:
        return 0
    if name in ("stmdb", "vstmdb", "ldm", "ldmia", "vldmia"):
        size = _registers(instruction) - 4  # the first operand is sp itself
        return size if name.startswith(("st", "vst")) else -size
    if name in ("sub", "subw", "add", "addw"):
        sign = 1 if name.startswith("sub") else -1
        source = instruction.reg_name(operands[1].reg) if len(operands) == 3 else "sp"
        last = operands[-1]
        if source == "sp" and last.type == arm.ARM_OP_IMM:
            return sign * last.imm
        return 0 if source == "r7" else None  # from the frame pointer: an epilogue
    if name in ("str", "strd") and instruction.writeback:
        return 8 if name == "strd" and len(operands) > 3 else -_displacement(instruction)
    if name in ("ldr", "ldrd") and instruction.writeback:
        return -abs(_displacement(instruction))
    return None


def _copied_to_stack(code: dict[int, capstone.CsInsn], address: int) -> int | None:
    """Bytes that `mov sp, register` at `address` takes, from the instruction that made the register: a copy of sp or of
    the frame pointer (as before or after an epilogue) takes none, one that was aligned the alignment, one from which a
    number was subtracted that number; anything else cannot be told."""
    register = code[address].reg_name(code[address].operands[1].reg)
    for before in (code[a] for a in sorted(code, reverse=True) if a < address):
        name, operands = before.mnemonic.split(".")[0], before.operands
        if name in ("bl", "blx") and register in CALLER_SAVED:
            return None
        if register not in map(before.reg_name, before.regs_access()[1]):
            continue
        source = register  # of two operands, but for mov, the first is read as well
        if (name == "mov" or len(operands) > 2) and operands[1].type == arm.ARM_OP_REG:
            source = before.reg_name(operands[1].reg)
        last = operands[-1]
        if name in ("pop", "ldr") or (name == "mov" and source in ("sp", "r7", "r11")):
            return 0
        if name in ("bic", "bfc") and last.type == arm.ARM_OP_IMM:
            align = last.imm + 1 if name == "bic" else 1 << last.imm
            return align - 4 if align > 8 else 0  # calls and interrupts find it aligned to 8 (B1.5.7)
        if last.type == arm.ARM_OP_IMM and source in ("sp", "r7", "r11", register):
            if name in ("add", "adds", "addw"):
                return 0
            if name in ("sub", "subs", "subw"):
                return 0 if source in ("r7", "r11") else last.imm
        return None
    return None


def _displacement(instruction: capstone.CsInsn) -> int:
    for operand in instruction.operands:
        if operand.type == arm.ARM_OP_MEM and operand.mem.disp:
            return operand.mem.disp
    last = instruction.operands[-1]
    return last.imm if last.type == arm.ARM_OP_IMM else 0


def _target(instruction: capstone.CsInsn) -> int | None:
    last = instruction.operands[-1] if instruction.operands else None
    return last.imm & 0xFFFFFFFF & ~1 if last is not None and last.type == arm.ARM_OP_IMM else None


def _leads(instruction: capstone.CsInsn, name: str) -> str:
    """Where an instruction that writes the pc leads: "return", "table" (of a switch), "pointer", or "" for on."""
    if name in ("tbb", "tbh"):
        return "table"
    if name in ("pop", "ldm", "ldmia") and "pc" in instruction.op_str:
        return "return"
    if name == "bx":
        return "return" if instruction.op_str == "lr" else "pointer"
    if name not in ("ldr", "mov", "add") or not instruction.op_str.startswith("pc,"):
        return ""
    if name == "ldr":
        place = instruction.operands[1].mem
        base = instruction.reg_name(place.base)
        return "return" if base == "sp" else "table" if place.index else "pointer"
    return "return" if instruction.op_str == "pc, lr" else "table"


def analyse(image: ThumbImage, start: int) -> Function:
    """Follow one function's control flow."""
    found = Function(image.name_of(start), start)
    end = image.end_of(start)
    code, maybe = _decode(image, start, end)
    seen: dict[int, int] = {}
    work = [(start, 0)]
    table_depth: int | None = None
    while work or table_depth is not None:
        if not work:
            left = [a for a in code if a not in seen]
            if not left:
                break
            work.append((left[0], table_depth or 0))
        address, depth = work.pop()
        while address in code and seen.get(address, -1) < depth:
            instruction = code[address]
            seen[address] = depth
            name = instruction.mnemonic.split(".")[0]
            target = _target(instruction)
            to_stack = name == "mov" and instruction.op_str.startswith("sp,")
            change = _copied_to_stack(code, address) if to_stack else _stack_change(instruction)
            if change is None or depth > ENDLESS:
                where = "{}:{}".format(*image.line_of(address))
                raise StackError(f"{found.name} ({where}): cannot follow `{instruction.mnemonic} {instruction.op_str}`")
            # One in an IT block need not have been executed: then it gave nothing back.
            depth += max(change, 0) if address in maybe else change
            found.depth = max(found.depth, depth)
            leads = _leads(instruction, name)
            if name == "bl" or (name == "blx" and target is not None):
                found.calls.append((depth, target or 0))
                if any(n.startswith("__gnu_thumb1_case") for n in image.names.get(target or 0, ())):
                    leads = "table"  # libgcc's switch for Armv6-M: it returns to where a table behind the call says
            elif name == "blx" or leads == "pointer":
                found.indirect.append((depth, address))
            elif target is not None and (name in BRANCHES or _is_conditional(name)):
                if start <= target < end:
                    work.append((target, depth))
                else:
                    found.calls.append((depth, target))
                leads = "elsewhere" if name == "b" and instruction.cc in (arm.ARM_CC_AL, 0) else ""
            if leads == "table":
                table_depth = max(table_depth or 0, depth)
            if name == "udf" or (leads and address not in maybe):
                break
            address += instruction.size
    return found


def _is_conditional(name: str) -> bool:
    return len(name) == 3 and name[0] == "b" and name[1:] in (
        "eq", "ne", "hs", "lo", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le",
    )  # fmt: skip


def _decode(image: ThumbImage, start: int, end: int) -> tuple[dict[int, capstone.CsInsn], set[int]]:
    """The instructions by address, and which of them an IT block makes conditional (decoded singly, none says so)."""
    decoder, code, address = _decoder(), {}, start
    maybe: set[int] = set()
    left = 0
    while address < end:
        got = next(decoder.disasm(image.bytes_at(address, end), address, 1), None) if image.is_code(address) else None
        if got is None:
            address += 2
            continue
        code[address] = got
        if left:
            maybe.add(address)
            left -= 1
        elif IT_BLOCK.fullmatch(got.mnemonic):
            left = len(got.mnemonic) - 1
        address += got.size
    return code, maybe
