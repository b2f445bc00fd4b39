"""Worst-case stack of a Thumb image, from its own machine code: every compiler and every library alike.

Each function's stack pointer is followed along its control flow; calls add the callee's depth. Indirect calls go where
platform/calls.toml says that the called member may point. Recursion, an unlisted indirect call or a stack pointer that
cannot be followed is an error, never a guess.
"""

from __future__ import annotations

import fnmatch
import re
import struct
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import capstone
from capstone import arm
from elftools.elf.elffile import ELFFile

from orchestrator.project import ROOT

CALLS = ROOT / "platform" / "calls.toml"
BASIC_FRAME = 32 + 4  # Armv7-M ARM, B1.5.7: eight words, and up to one word to align
EXTENDED_FRAME = 104 + 4  # with the floating-point registers
MEMBER = re.compile(r"(?:->|\.)(\w+)\s*\(")


class StackError(RuntimeError):
    """The worst case cannot be told; the message names the place and what to do."""


@dataclass
class Function:
    """What one function does to the stack, in bytes below its caller's stack pointer."""

    name: str
    start: int
    depth: int = 0
    calls: list[tuple[int, int]] = field(default_factory=list)  # (depth at the call, callee's address)
    indirect: list[tuple[int, int]] = field(default_factory=list)  # (depth at the call, the call's address)


@dataclass(frozen=True)
class Stack:
    """The worst case: of the main thread, of the deepest interrupt with its frame (the ports give all interrupts one
    priority, so that none interrupts another), and the main thread's deepest path."""

    thread: int
    interrupt: int
    path: tuple[str, ...]

    @property
    def total(self) -> int:
        """Bytes of stack that the image can need."""
        return self.thread + self.interrupt


class Image:
    """An ELF file's functions, code and line table."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            elf = ELFFile(file)
            if elf["e_machine"] != "EM_ARM":
                raise StackError(f"{path.name} is for {elf['e_machine']}; the stack is only told for ARM so far")
            self.sections = [
                (s["sh_addr"], s.data())
                for s in elf.iter_sections()
                if s["sh_flags"] & 4 and s["sh_type"] == "SHT_PROGBITS"
            ]
            symbols = [s for s in elf.get_section_by_name(".symtab").iter_symbols() if s["st_shndx"] != "SHN_UNDEF"]
            self.names: dict[int, list[str]] = {}
            for symbol in symbols:
                if symbol["st_info"]["type"] == "STT_FUNC":
                    self.names.setdefault(symbol["st_value"] & ~1, []).append(symbol.name)
            self.starts = sorted(self.names)
            table = [s for s in symbols if s.name == "vectors"]
            self._table = (table[0]["st_value"], table[0]["st_size"]) if table else None
            marks = sorted((s["st_value"] & ~1, s.name[:2]) for s in symbols if s.name[:2] in ("$t", "$d"))
            self._mark_at = [address for address, _ in marks]
            self._mark = [kind for _, kind in marks]
            self._lines = self._line_table(elf)
        self._line_at = [row[0] for row in self._lines]

    def _line_table(self, elf: ELFFile) -> list[tuple[int, str, int]]:
        """Rows of (address, file, line). A sequence that starts where no function does is of code that was dropped."""
        rows: list[tuple[int, str, int]] = []
        if not elf.has_dwarf_info():
            return rows
        dwarf = elf.get_dwarf_info()
        for unit in dwarf.iter_CUs():
            program = dwarf.line_program_for_CU(unit)
            if program is None:
                continue
            files, version = program["file_entry"], program["version"]
            sequence: list[tuple[int, str, int]] = []
            for state in (entry.state for entry in program.get_entries() if entry.state):
                index = state.file if version >= 5 else state.file - 1
                name = files[index].name.decode() if 0 <= index < len(files) else ""
                sequence.append((state.address, name, 0 if state.end_sequence else state.line))
                if state.end_sequence:
                    rows += sequence if sequence[0][0] in self.names else []
                    sequence = []
        return sorted(rows, key=lambda row: row[0])

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

    def bytes_at(self, address: int, end: int) -> bytes:
        """The image's bytes from `address` to `end`, within one section."""
        for base, data in self.sections:
            if base <= address < base + len(data):
                return data[address - base : max(0, end - base)]
        return b""

    def end_of(self, start: int) -> int:
        """Where the function that starts at `start` can end at the latest."""
        at = bisect_right(self.starts, start)
        return self.starts[at] if at < len(self.starts) else start + 0x10000

    def line_of(self, address: int) -> tuple[str, int]:
        """Source file name and line of an instruction."""
        at = bisect_right(self._line_at, address) - 1
        return (self._lines[at][1], self._lines[at][2]) if at >= 0 else ("", 0)


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
    if name == "mov" and operands[1].type == arm.ARM_OP_REG:
        return 0  # back to a saved stack pointer, or an aligned copy of it within the word that frames allow for
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


BRANCHES = ("b", "cbz", "cbnz")


def analyse(image: Image, start: int) -> Function:
    """Follow one function's control flow."""
    found = Function(image.names[start][0], start)
    end = image.end_of(start)
    code = {i.address: i for i in _decode(image, start, end)}
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
            change = _stack_change(instruction)
            if change is None:
                where = "{}:{}".format(*image.line_of(address))
                raise StackError(f"{found.name} ({where}): cannot follow `{instruction.mnemonic} {instruction.op_str}`")
            depth += change
            found.depth = max(found.depth, depth)
            name = instruction.mnemonic.split(".")[0]
            target = _target(instruction)
            following = address + instruction.size
            if name == "bl" or (name == "blx" and target is not None):
                found.calls.append((depth, target or 0))
            elif name == "blx":
                found.indirect.append((depth, address))
            elif name == "bx":
                if instruction.op_str != "lr":
                    found.indirect.append((depth, address))
                break
            elif name in ("tbb", "tbh") or (name in ("ldr", "mov", "add") and instruction.op_str.startswith("pc")):
                table_depth = depth
                break
            elif name in ("pop", "ldm", "ldmia") and "pc" in instruction.op_str:
                if instruction.cc in (arm.ARM_CC_AL, 0):
                    break
                depth = seen[address]  # an IT block that did not return
            elif target is not None and (name in BRANCHES or _is_conditional(name)):
                if start <= target < end:
                    work.append((target, depth))
                else:
                    found.calls.append((depth, target))
                if name == "b" and instruction.cc in (arm.ARM_CC_AL, 0):
                    break
            elif name == "udf":
                break
            address = following
    return found


def _is_conditional(name: str) -> bool:
    return len(name) == 3 and name[0] == "b" and name[1:] in (
        "eq", "ne", "hs", "lo", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le",
    )  # fmt: skip


def _decode(image: Image, start: int, end: int) -> list[capstone.CsInsn]:
    decoder, found, address = _decoder(), [], start
    while address < end:
        if not image.is_code(address):
            address += 2
            continue
        got = next(decoder.disasm(image.bytes_at(address, end), address, 1), None)
        if got is None:
            address += 2
            continue
        found.append(got)
        address += got.size
    return found


class Graph:
    """Depths over the whole call graph."""

    def __init__(self, image: Image) -> None:
        self.image = image
        rules = tomllib.loads(CALLS.read_text(encoding="utf-8"))
        self._members: dict[str, list[str]] = rules["members"]
        self._never: list[str] = rules["never"]["names"]
        self._own_stack: list[str] = rules["own_stack"]["names"]
        self._functions: dict[int, Function] = {}
        self._depths: dict[int, tuple[int, tuple[str, ...]]] = {}

    @cached_property
    def by_name(self) -> dict[str, int]:
        """Address of each function symbol."""
        return {name: address for address, names in self.image.names.items() for name in names}

    def has_own_stack(self, start: int) -> bool:
        """Whether the function at `start` begins a stack of its own, whatever was on the old one."""
        return any(name in self._own_stack for name in self.image.names[start])

    def _matching(self, patterns: list[str]) -> list[int]:
        def fits(name: str) -> bool:
            plain = name.split(".")[0]
            return any(fnmatch.fnmatch(plain, p) for p in patterns) and not any(
                fnmatch.fnmatch(plain, p) for p in self._never
            )

        return sorted({address for name, address in self.by_name.items() if fits(name)})

    def _indirect_targets(self, address: int, name: str) -> list[int]:
        file, line = self.image.line_of(address)
        for path in (*ROOT.glob(f"lib/**/{Path(file).name}"), *ROOT.glob(f"apps/**/{Path(file).name}")):
            text = path.read_text(encoding="utf-8").splitlines()
            for number in (line, line + 1, line - 1):
                for member in MEMBER.findall(text[number - 1]) if 0 < number <= len(text) else ():
                    if member in self._members:
                        return self._matching(self._members[member])
        raise StackError(
            f"{name} ({file}:{line}) calls through a pointer that platform/calls.toml does not list: add its member there"
        )

    def depth(self, start: int, above: tuple[int, ...] = ()) -> tuple[int, tuple[str, ...]]:
        """The deepest that the function at `start` can get, and the path there."""
        if start in self._depths:
            return self._depths[start]
        if start in above:
            names = [self.image.names[a][0] for a in (*above[above.index(start) :], start)]
            raise StackError(f"recursion, whose depth cannot be told: {' → '.join(names)}")
        if start not in self.image.names:
            raise StackError(f"a call goes to {start:#x}, where no function is")
        function = self._functions.setdefault(start, analyse(self.image, start))
        worst, path = function.depth, (f"{function.name} {function.depth}",)
        calls = list(function.calls)
        for at, address in function.indirect:
            calls += [(at, target) for target in self._indirect_targets(address, function.name)]
        for at, target in calls:
            below, below_path = self.depth(target, (*above, start))
            if at + below > worst:
                worst, path = at + below, (f"{function.name} {at}", *below_path)
        self._depths[start] = (worst, path)
        return worst, path


def worst_case(path: Path) -> Stack:
    """The worst-case stack of the image at `path`."""
    image = Image(path)
    graph = Graph(image)
    vectors = image.vectors()
    thread, deepest = graph.depth(vectors[0])
    frame = EXTENDED_FRAME if _uses_fpu(path) else BASIC_FRAME
    handlers = [handler for handler in vectors[1:] if not graph.has_own_stack(handler)]
    interrupt = max(graph.depth(handler)[0] for handler in handlers) + frame
    return Stack(thread, interrupt, deepest)


def _uses_fpu(path: Path) -> bool:
    with path.open("rb") as file:
        attributes = ELFFile(file).get_section_by_name(".ARM.attributes")
        tags = [
            a.tag for s in attributes.iter_subsections() for ss in s.iter_subsubsections() for a in ss.iter_attributes()
        ]
        return "TAG_ABI_VFP_ARGS" in tags
