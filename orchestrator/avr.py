"""An AVR image's functions: what each does to the stack pointer on its way through its own code.

Opcodes are those of the AVR Instruction Set Manual. What compilers write is followed: pushes and pops, `rcall .+0` for two
bytes, the stack pointer copied into a pair of registers, moved and copied back. A jump to where a function starts is a
tail call; libgcc's helpers jump into each other's middle, and are followed there.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from orchestrator.image import ENDLESS, Function, Image, StackError

RETURN_ADDRESS = 2  # bytes, on a chip with up to 128 kB of flash
SPL, SPH = 0x3D, 0x3E
TABLE_JUMP = "__tablejump2__"  # libgcc's switch: where it goes stands in flash
SHARED_FRAMES = ("__prologue_saves__", "__epilogue_restores__")  # -mcall-prologues


@dataclass(frozen=True)
class Instruction:
    """One instruction: its kind, and its operands as far as the stack cares."""

    address: int
    size: int
    kind: str
    a: int = 0  # a register, or a target
    b: int = 0  # a register or a number

    @property
    def next(self) -> int:
        return self.address + self.size


def _relative(address: int, offset: int, bits: int) -> int:
    """The target of a relative branch; flash wraps around."""
    if offset >> (bits - 1):
        offset -= 1 << bits
    return address + 2 + 2 * offset


def decode(data: bytes, address: int) -> Instruction | None:
    """The instruction at the start of `data`, None when it is cut off."""
    if len(data) < 2:
        return None
    word = struct.unpack_from("<H", data)[0]
    d, immediate = word >> 4 & 31, (word >> 4 & 0xF0) | (word & 15)
    high = 16 + (word >> 4 & 15)

    def it(kind: str, a: int = 0, b: int = 0, size: int = 2) -> Instruction:
        return Instruction(address, size, kind, a, b)

    if word & 0xFE0C == 0x940C:  # jmp, call
        if len(data) < 4:
            return None
        target = 2 * ((word >> 4 & 31) << 17 | (word & 1) << 16 | struct.unpack_from("<H", data, 2)[0])
        return it("call" if word & 2 else "jump", target, size=4)
    if word & 0xFC0F == 0x9000:
        return it("other", size=4)  # lds, sts
    if word & 0xE000 == 0xC000:
        kind = "call" if word & 0x1000 else "jump"
        return it(kind, _relative(address, word & 0xFFF, 12))
    if word & 0xF800 == 0xF000:
        return it("branch", _relative(address, word >> 3 & 127, 7))
    if word & 0xFC00 == 0x1000 or word & 0xFC00 == 0xFC00 or word & 0xFD00 == 0x9900:
        return it("skip")  # cpse; sbrc, sbrs; sbic, sbis
    if word & 0xFE0F == 0x920F:
        return it("push", d)
    if word & 0xFE0F == 0x900F:
        return it("pop", d)
    if word & 0xF000 == 0xB000:
        return it("out" if word & 0x800 else "in", d, (word >> 5 & 0x30) | (word & 15))
    if word & 0xFE00 == 0x9600:  # adiw, sbiw
        amount = (word >> 2 & 0x30) | (word & 15)
        return it("move", 24 + (word >> 3 & 6), amount if word & 0x100 else -amount)
    plain = {0x9508: "return", 0x9518: "return", 0x9509: "icall", 0x9409: "ijump", 0x9588: "other"}
    if word in plain:
        return it(plain[word])
    if word & 0xF000 in (0x5000, 0x4000, 0xE000):  # subi, sbci, ldi
        return it({5: "subi", 4: "sbci", 14: "ldi"}[word >> 12], high, immediate)
    if word & 0xFE0F == 0x0801:
        return it("sbci", d, 0)  # sbc with r1, which is 0 by the ABI
    if word & 0xFF00 == 0x0100:
        return it("movw", 2 * (word >> 4 & 15), 2 * (word & 15))
    if word & 0xFC00 == 0x9C00 or word & 0xFC00 == 0x0000:
        return it("other", -1)  # mul, muls and kin; cpc, nop
    writes = word & 0xC000 == 0 or word & 0xFC00 == 0x9000 or word & 0xFE00 == 0x9400 or word & 0xD200 == 0x8000
    return it("writes" if writes else "other", d if writes else -1)


class AvrImage(Image):
    """An AVR image; its vectors are jumps, in the function `vectors`."""

    def is_function(self, symbol: Any) -> bool:
        """A compiler's functions say what they are; libgcc's helpers are global and say nothing."""
        info = symbol["st_info"]
        if info["type"] == "STT_FUNC":
            return True
        in_code = any(base <= symbol["st_value"] < base + len(data) for base, data in self.sections)
        return (
            info["type"] == "STT_NOTYPE" and info["bind"] != "STB_LOCAL" and in_code and symbol["st_shndx"] != "SHN_ABS"
        )

    @property
    def interrupt_frame(self) -> int:
        return RETURN_ADDRESS

    def instruction(self, address: int) -> Instruction | None:
        """What stands at `address`."""
        return decode(self.bytes_at(address, address + 4), address)

    def code(self, start: int) -> Iterator[Instruction]:
        """The instructions from where a function starts to where the next one does."""
        address, end = start, self.end_of(start)
        while address < end and (found := self.instruction(address)) is not None:
            yield found
            address = found.next

    def owner(self, address: int) -> list[str]:
        """The names of the function in which `address` lies."""
        at = bisect_right(self.starts, address) - 1
        return self.names[self.starts[at]] if at >= 0 else []

    def vectors(self) -> list[int]:
        table = [s for s in self.symbols if s.name == "vectors"]
        if not table:
            raise StackError(f"{self.path.name} has no symbol `vectors`: its vector table must be called that")
        start = table[0]["st_value"]
        targets = []
        for address in range(start, start + table[0]["st_size"], 4):
            jump = self.instruction(address)
            if jump is None or jump.kind != "jump":
                break
            targets.append(jump.a)
        if not targets:
            raise StackError(f"{self.path.name}: `vectors` holds no jumps")
        return [targets[0], *sorted(set(targets[1:]))]

    def analyse(self, start: int) -> Function:
        return _Walk(self, start).function


# What a register pair is known to hold, by its lower register: ("sp", depth) is the stack pointer at that depth,
# ("number", n) a constant.
Pairs = dict[int, tuple[str, int]]


class _Walk:
    """Follows one function's control flow."""

    def __init__(self, image: AvrImage, start: int) -> None:
        self.image = image
        self.function = Function(image.name_of(start), start)
        self._seen: dict[int, tuple[int, Pairs]] = {}
        self._work: list[tuple[int, int, Pairs]] = [(start, 0, {})]
        self._table_depths: list[tuple[int, Pairs]] = []
        while self._work or self._table_depths:
            if not self._work:
                self._add_cases()
                continue
            self._follow(*self._work.pop())

    def _add_cases(self) -> None:
        """The cases of a switch: what nothing else reaches, at the depth of the jump."""
        depth, pairs = self._table_depths[-1]
        left = [i.address for i in self.image.code(self.function.start) if i.address not in self._seen]
        if left:
            self._work.append((left[0], depth, pairs))
        else:
            self._table_depths.clear()

    def _refuse(self, instruction: Instruction, why: str) -> StackError:
        where = "{}:{}".format(*self.image.line_of(instruction.address))
        return StackError(f"{self.function.name} ({where}): cannot follow {why} at {instruction.address:#x}")

    def _follow(self, address: int, depth: int, pairs: Pairs) -> None:
        pairs = dict(pairs)
        while True:
            before = self._seen.get(address)
            if before is not None and before[0] >= depth and before[1].items() <= pairs.items():
                return
            if address in self.image.names and address != self.function.start:
                self.function.calls.append((depth, address))  # it runs into the next function
                return
            # Met again on another path: what both know, at the deeper of the two.
            kept = pairs if before is None else {k: v for k, v in pairs.items() if before[1].get(k) == v}
            depth = depth if before is None else max(depth, before[0])
            self._seen[address], pairs = (depth, dict(kept)), kept
            instruction = self.image.instruction(address)
            if instruction is None:
                raise StackError(f"{self.function.name} runs out of its code at {address:#x}")
            depth = self._depth_after(instruction, depth, pairs)
            if depth > ENDLESS:
                raise self._refuse(instruction, "a loop that takes stack")
            self.function.depth = max(self.function.depth, depth)
            if self._leaves(instruction, depth, pairs):
                return
            address = instruction.next

    def _leaves(self, i: Instruction, depth: int, pairs: Pairs) -> bool:
        """Takes note of where the instruction leads; whether it never goes on to the next one."""
        if i.kind == "call" and i.a != i.next:
            self._check_helper(i)
            self.function.calls.append((depth + RETURN_ADDRESS, i.a))
        elif i.kind == "icall":
            self.function.indirect.append((depth + RETURN_ADDRESS, i.address))
        elif i.kind == "ijump":
            self.function.indirect.append((depth, i.address))
        elif i.kind == "branch":
            self._go(i.a, depth, pairs)
        elif i.kind == "skip":
            over = self.image.instruction(i.next)
            if over is not None:
                self._go(over.next, depth, pairs)
        elif i.kind == "jump":
            self._check_helper(i)
            if TABLE_JUMP in self.image.names.get(i.a, ()):
                self._table_depths.append((depth, dict(pairs)))
                self._table_depths.sort(key=lambda row: row[0])
            else:
                self._go(i.a, depth, pairs)
        return i.kind in ("jump", "return", "ijump")

    def _go(self, target: int, depth: int, pairs: Pairs) -> None:
        if target in self.image.names and target != self.function.start:
            self.function.calls.append((depth, target))
        else:
            self._work.append((target, depth, dict(pairs)))

    def _check_helper(self, i: Instruction) -> None:
        if any(name.startswith(SHARED_FRAMES) for name in self.image.owner(i.a)):
            raise self._refuse(i, "shared prologues (build without -mcall-prologues)")

    def _depth_after(self, i: Instruction, depth: int, pairs: Pairs) -> int:
        """The depth behind the instruction; brings `pairs` up to date."""
        if i.kind == "push":
            return depth + 1
        if i.kind == "call":
            if i.a == i.next:
                return depth + RETURN_ADDRESS  # takes two bytes, and goes nowhere
            for register in (18, 20, 22, 24, 26, 30):
                pairs.pop(register, None)  # a callee may use them
            return depth
        if i.kind == "out" and i.b in (SPL, SPH):
            return self._set_stack(i, depth, pairs)
        low = i.a & ~1
        known = pairs.get(low)
        if i.kind == "in" and i.b in (SPL, SPH):
            pairs[low] = ("sp", depth)
        elif i.kind == "movw":
            pairs.pop(i.a, None)
            if i.b in pairs:
                pairs[i.a] = pairs[i.b]
        elif i.kind == "move" and known:
            pairs[low] = (known[0], known[1] + (i.b if known[0] == "sp" else -i.b))
        elif i.kind in ("subi", "sbci") and known and known[0] == "sp":
            # Low byte first, as the carry demands; together a 16-bit number that is subtracted.
            moved = known[1] + (i.b if i.kind == "subi" else i.b << 8)
            pairs[low] = ("sp", moved - 0x10000 if i.kind == "sbci" and i.b & 0x80 else moved)
        elif i.kind == "ldi":
            shift = 8 * (i.a & 1)
            value = known[1] if known and known[0] == "number" else 0
            pairs[low] = ("number", (value & ~(0xFF << shift)) | i.b << shift)
        elif i.kind in ("in", "pop", "writes", "subi", "sbci", "move") and known:
            del pairs[low]
        return depth - 1 if i.kind == "pop" else depth

    def _set_stack(self, i: Instruction, depth: int, pairs: Pairs) -> int:
        """Both halves come from one pair, in either order; the depth changes with the lower one."""
        known = pairs.get(i.a & ~1)
        if known is None:
            raise self._refuse(i, "a stack pointer from nowhere")
        if known[0] == "sp":
            # Between the halves the pointer is neither; no interrupt can see it, as they are off.
            return known[1] if i.b == SPL else depth
        if self.function.calls or depth:  # a number: start-up makes the stack
            raise self._refuse(i, "a stack pointer from a constant")
        return 0
