"""A debug probe for pyOCD with a chip behind it, in this process: the debug port, one AHB-AP, a Cortex-M that halts and resets."""

from __future__ import annotations

from typing import Any

from pyocd.core.memory_interface import MemoryInterface
from pyocd.probe.debug_probe import DebugProbe

ROM_TABLE, SCS = 0xE00FF000, 0xE000E000
CPUID, AIRCR, DHCSR, DCRSR, DEMCR = 0xE000ED00, 0xE000ED0C, 0xE000EDF0, 0xE000EDF4, 0xE000EDFC
VECTKEY, SYSRESETREQ = 0x05FA0000, 1 << 2
DBGKEY, C_DEBUGEN, C_HALT = 0xA05F0000, 1 << 0, 1 << 1
S_REGRDY, S_HALT, S_RESET_ST, VC_CORERESET = 1 << 16, 1 << 17, 1 << 25, 1 << 0
CTRL_STAT, POWERED = 0x04, 0xF0000000
IDR, CSW, CFG, BASE = 0xFC, 0x00, 0xF4, 0xF8


class Refused(AssertionError):
    """The chip was asked for something that its reference manual forbids."""


class Chip:
    """Memories as words, and the core's debug registers; a flash controller is a subclass."""

    cpuid = 0
    scs_part = 0
    ap_idr = 0x24770011
    flash_base, flash_bytes = 0x08000000, 0
    ram = range(0x20000000, 0x20001000)

    def __init__(self) -> None:
        self.words: dict[int, int] = {CPUID: self.cpuid}
        self.flash = bytearray(b"\xff" * self.flash_bytes)
        self.resets = 0
        self._id_registers(ROM_TABLE, 1, 0x4C0)
        self._id_registers(SCS, 0xE, self.scs_part)
        self.words[ROM_TABLE] = (SCS - ROM_TABLE) & 0xFFFFFFFF | 3
        self.words[ROM_TABLE + 4] = 0
        self._halted = self._was_reset = False
        self.reset()

    def _id_registers(self, at: int, component_class: int, part: int) -> None:
        """CIDR and PIDR of a CoreSight component by Arm."""
        pidr = (part & 0xFF, 0xB0 | part >> 8, 0x0B, 0)
        for n, value in enumerate((4, 0, 0, 0, *pidr, 0x0D, component_class << 4, 0x05, 0xB1)):
            self.words[at + 0xFD0 + 4 * n] = value

    def reset(self) -> None:
        """The core, and what else a chip resets with it."""
        self.resets += 1
        self._halted = bool(self.words.get(DEMCR, 0) & VC_CORERESET)
        self._was_reset = True

    def in_flash(self, address: int) -> bool:
        return 0 <= address - self.flash_base < self.flash_bytes

    def read(self, address: int) -> int:
        """One aligned word."""
        if self.in_flash(address):
            return int.from_bytes(self.flash[address - self.flash_base :][:4], "little")
        if address == DHCSR:
            said = self.words.get(DHCSR, 0) | S_REGRDY | (S_HALT if self._halted else 0)
            said |= S_RESET_ST if self._was_reset else 0
            self._was_reset = False
            return said
        return self.words.get(address, 0)

    def write(self, address: int, value: int) -> None:
        """One aligned word."""
        if self.in_flash(address):
            raise Refused(f"a write into flash at {address:#x}")
        if address == DHCSR and value & 0xFFFF0000 == DBGKEY:
            self.words[DHCSR] = value & 0xFFFF
            self._halted = bool(value & C_HALT)
        elif address == AIRCR and value & 0xFFFF0000 == VECTKEY:
            if value & SYSRESETREQ:
                self.reset()
        elif address != DCRSR:
            self.words[address] = value


class Memory(MemoryInterface):
    """The chip's memories as pyOCD wants them from a probe."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip

    def write_memory(self, addr: int, data: int, transfer_size: int = 32, **_: Any) -> None:
        assert transfer_size == 32, f"a write of {transfer_size} bits at {addr:#x}"
        self.chip.write(addr, data)

    def read_memory(self, addr: int, transfer_size: int = 32, now: bool = True, **_: Any) -> Any:
        value = self.chip.read(addr & ~3) >> 8 * (addr & 3) & (1 << transfer_size) - 1
        return value if now else lambda: value

    def write_memory_block32(self, addr: int, data: Any, **_: Any) -> None:
        for at, word in enumerate(data):
            self.chip.write(addr + 4 * at, word)

    def read_memory_block32(self, addr: int, size: int, **_: Any) -> list[int]:
        return [self.chip.read(addr + 4 * at) for at in range(size)]

    def read_memory_block8(self, addr: int, size: int, **_: Any) -> list[int]:
        return [self.read_memory(addr + at, 8) for at in range(size)]


class ChipProbe(DebugProbe):
    """A probe on that chip's SWD."""

    def __init__(self, chip: Chip) -> None:
        super().__init__()
        self.chip = chip
        self._open = False
        self._control = 0

    vendor_name = product_name = description = "a chip in this process"
    unique_id = "IN-PROCESS"
    supported_wire_protocols = (DebugProbe.Protocol.DEFAULT, DebugProbe.Protocol.SWD)
    wire_protocol = DebugProbe.Protocol.SWD
    capabilities = frozenset({DebugProbe.Capability.MANAGED_AP_SELECTION, DebugProbe.Capability.MANAGED_DPBANKSEL})
    associated_board_info = None

    @property
    def is_open(self) -> bool:
        return self._open

    def open(self) -> None:
        self._open = True

    def close(self) -> None:
        self._open = False

    def lock(self) -> None: ...

    def unlock(self) -> None: ...

    def connect(self, protocol: Any = None) -> None: ...

    def disconnect(self) -> None: ...

    def set_clock(self, frequency: float) -> None: ...

    def flush(self) -> None: ...

    def reset(self) -> None:
        self.chip.reset()

    def assert_reset(self, asserted: bool) -> None:
        if not asserted:
            self.chip.reset()

    def is_reset_asserted(self) -> bool:
        return False

    def read_dp(self, addr: int, now: bool = True) -> Any:
        value = (self._control | (self._control & 0x50000000) << 1) if addr == CTRL_STAT else 0x2BA01477
        return value if now else lambda: value

    def write_dp(self, addr: int, data: int) -> None:
        if addr == CTRL_STAT:
            self._control = data & 0x50000000

    def read_ap(self, addr: int, now: bool = True) -> Any:
        known = {IDR: self.chip.ap_idr, CSW: 0x23000052, CFG: 0, BASE: ROM_TABLE | 3}
        value = known.get(addr & 0xFF, 0) if addr >> 24 == 0 else 0
        return value if now else lambda: value

    def write_ap(self, addr: int, data: int) -> None: ...

    def get_memory_interface_for_ap(self, ap_address: Any) -> Memory:
        return Memory(self.chip)
