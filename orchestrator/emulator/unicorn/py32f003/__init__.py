"""The PY32F003: where its memories and peripherals are, and how its clocks follow from RCC.

From Puya's reference manual of the PY32F003, compared with its CMSIS header py32f003x6.h and its SVD file. The peripherals
are those of the STM32 family, the USART an older one; SYSCFG routes DMA's requests.
"""

from __future__ import annotations

from functools import partial

from ..features import ARMV6M, Features
from ..memory import Memory
from ..stm32.block import Flash, Plain
from ..stm32.chip import Chip, Clocks, Place, fill_words
from ..stm32.dma import Channel, ChannelDma
from ..stm32.gpio import Gpio
from ..stm32.iwdg import Iwdg
from ..stm32.rcc import Rcc
from ..stm32.soc import Stm32
from ..stm32.timer import Timer
from ..stm32.usart_old import OldUsart

CPU_HZ = 24_000_000
CPU_MODEL = "CORTEX_M0"
FEATURES = Features(irqs=32, priority_bits=2, systick_in_sleep=True, lockup_resets=False, **ARMV6M)
MEMORY = {  # base, size, writable
    "flash": (0x08000000, 0x8000, False),
    "ram": (0x20000000, 0x1000, True),
    "information": (0x1FFF0000, 0x1000, False),  # identity, option bytes, factory configuration
}
ALIASES = {0x00000000: "flash"}  # BOOT0 low
PROGRAMMABLE = [(0x08000000, 0x8000)]

CR, ICSCR, CFGR, IOPENR, AHBENR, APBENR1, APBENR2, CCIPR, BDCR, CSR = (
    0x00, 0x04, 0x08, 0x34, 0x38, 0x3C, 0x40, 0x54, 0x5C, 0x60,
)  # fmt: skip
PIN, POWER, SOFT, WATCHDOG = 1 << 26, 1 << 27, 1 << 28, 1 << 29  # of CSR
HSI_HZ = (4_000_000, 8_000_000, 16_000_000, 22_120_000, 24_000_000)
TRIMS = (0x10E3, 0x10D9, 0x10C5, 0x10B2, 0x10AB)  # the factory's for each rate: a chip has its own
UNTRIMMED = 0.96  # of the rate that was asked for
LSI_TRIM = 0xF5  # the factory's
HSE_HZ, LSI_HZ = 24_000_000, 32_768


def fill_factory(memory: Memory) -> None:
    """The unique identifier, 16 bytes, HSI's trimming for each rate, and LSI's."""
    fill_words(memory, {0x1FFF0E00: 0x31545950, 0x1FFF0E04: 0x37343207, 0x1FFF0E08: 0x005A2C11, 0x1FFF0E0C: 0x91A30478})
    fill_words(memory, {0x1FFF0F00 + 4 * fs: trim for fs, trim in enumerate(TRIMS)})
    fill_words(memory, {0x1FFF0FA4: LSI_TRIM})


def sysclk(rcc: Rcc) -> int:
    """SYSCLK: HSI through its divider, at the right rate only with the factory's trimming; HSE or LSI."""
    source = rcc.plain[CFGR] >> 3 & 7
    if source == 1:
        return HSE_HZ
    if source == 3:
        return LSI_HZ
    calibration = rcc.plain[ICSCR]
    fs = calibration >> 13 & 7
    fs = fs if fs < len(HSI_HZ) else 0
    hz = HSI_HZ[fs] >> (rcc.plain[CR] >> 11 & 7)
    return hz if calibration & 0x1FFF == TRIMS[fs] else int(hz * UNTRIMMED)


def lsi(rcc: Rcc) -> int:
    """At the right rate only with the factory's trimming, which a reset does not leave in ICSCR."""
    return LSI_HZ if rcc.plain[ICSCR] >> 16 & 0x1FF == LSI_TRIM else int(LSI_HZ * UNTRIMMED)


def kernel(rcc: Rcc, name: str) -> int:
    """What a peripheral on APB counts: HPRE, PPRE; a timer counts at twice the rate of a divided bus."""
    cfgr = rcc.plain[CFGR]
    hclk = sysclk(rcc) >> (0, 1, 2, 3, 4, 6, 7, 8, 9)[max(0, (cfgr >> 8 & 0xF) - 7)]
    divided = max(0, (cfgr >> 12 & 7) - 3)
    return (hclk >> divided) * (2 if divided and name.startswith("TIM") else 1)


class RoutedDma(ChannelDma):
    """Its requests are selected in SYSCFG."""

    def selection(self, channel: Channel) -> int:
        return self.soc.blocks["SYSCFG"].plain[0x1C] >> 8 * (channel.n - 1) & 0x1F


class Syscfg(Plain):
    """CFGR3 routes DMA's requests."""

    def written(self, offset: int, value: int, old: int) -> None:
        if offset == 0x1C:
            self.soc.dma_changed()


CLOCKS = Clocks(
    reset={
        CR: 0x500, ICSCR: 0x1000_3000, CFGR: 0, 0x10: 0, 0x18: 0, 0x1C: 0, 0x24: 0, 0x28: 0, 0x2C: 0, 0x30: 0, IOPENR: 0,
        AHBENR: 0x300, APBENR1: 0, APBENR2: 0, CCIPR: 0, BDCR: 0, CSR: 0,
    },
    ready={(CR, 8): (CR, 10), (CR, 16): (CR, 17), (CSR, 0): (CSR, 1)},
    switch=(CFGR, 7, 3),
    sources={0: (CR, 10), 1: (CR, 17), 3: (CSR, 1)},
    flags=(CSR, 23),
    causes={"power": POWER | PIN, "pin": PIN, "soft": SOFT | PIN, "watchdog": WATCHDOG | PIN},
    sysclk=sysclk,
    kernel=kernel,
    wait_states=lambda rcc: int(sysclk(rcc) > 24_000_000),
    lsi=lsi,
)  # fmt: skip


CHIP = Chip(
    name="PY32F003",
    clocks=CLOCKS,
    places={
        "RCC": Place(Rcc, 0x40021000),
        "FLASH": Place(Flash, 0x40022000),
        "SYSCFG": Place(Syscfg, 0x40010000, (APBENR2, 0), facts={"reset": {0x00: 0, 0x18: 0, 0x1C: 0}}),
        "DMA": Place(RoutedDma, 0x40020000, (AHBENR, 0), facts={"irqs": [9, 10, 10]}),
        "TIM3": Place(Timer, 0x40000400, (APBENR1, 1), 16),
        "IWDG": Place(Iwdg, 0x40003000),
        "USART1": Place(OldUsart, 0x40013800, (APBENR2, 14), 27),
        "GPIOA": Place(Gpio, 0x50000000, (IOPENR, 0), facts={"reset": {0x00: 0xEBFFFFFF, 0x0C: 0x24000000}}),  # SWD
        "GPIOB": Place(Gpio, 0x50000400, (IOPENR, 1)),
        "GPIOF": Place(Gpio, 0x50001400, (IOPENR, 5)),
    },
    memory_of_dma=[(0x20000000, 0x1000, None), (0x08000000, 0x8000, None)],
    requests={(None, 5): "USART1_TX", (None, 6): "USART1_RX"},  # SYSCFG_CFGR3
    pins={"USART1_TX": {2: 1, 9: 1, 14: 1}, "USART1_RX": {3: 1, 10: 1, 15: 1}},  # PA2, PA9, PA14; PA3, PA10, PA15: AF1
    lsi_hz=LSI_HZ,
)
SOC = partial(Stm32, CHIP)
