"""What of the memory protection unit and the data cache matters to DMA: which memory the cache keeps (ARMv7-M ARM, B3.5)."""

from __future__ import annotations

CTRL, RNR, RBAR, RASR = 0xD94, 0xD98, 0xD9C, 0xDA0


class Mpu:
    """Regions are kept, not enforced."""

    def __init__(self) -> None:
        self.data_cache = False  # CCR.DC
        self._words = dict.fromkeys((CTRL, RNR, RBAR, RASR), 0)
        self._regions: dict[int, tuple[int, int]] = {}  # base, RASR

    def write(self, offset: int, value: int) -> None:
        """One of its registers."""
        self._words[offset] = value
        if offset == RASR:
            self._regions[self._words[RNR]] = (self._words[RBAR] & ~0x1F, value)

    def caches(self, address: int) -> bool:
        """Whether the data cache keeps what was read here: by the last region that fits, else all memory."""
        cacheable = True
        for _, (base, size) in sorted(self._regions.items() if self._words[CTRL] & 1 else ()):
            if size & 1 and (base ^ address) >> ((size >> 1 & 0x1F) + 1) == 0:
                cacheable = bool(size >> 17 & 1 or size >> 21 & 1)  # C, or the high bit of TEX
        return self.data_cache and cacheable
