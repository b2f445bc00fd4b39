"""The STM32L476: where its memories and peripherals are, and how its clocks follow from RCC (RM0351 Rev 9)."""

from __future__ import annotations

from functools import partial

from ..cortexm import Features
from ..memory import Memory
from ..stm32.block import Flash, Plain
from ..stm32.chip import Chip, Clocks, Place, fill_words
from ..stm32.dma import ChannelDma
from ..stm32.gpio import ports
from ..stm32.iwdg import Iwdg
from ..stm32.rcc import Rcc
from ..stm32.soc import Stm32
from ..stm32.timer import Timer
from ..stm32.usart import Usart

CPU_HZ = 80_000_000
CPU_MODEL = "CORTEX_M4"
FEATURES = Features(
    irqs=82, priority_bits=4, fpu=True, systick_in_sleep=True, lockup_resets=False, registers={0xD90: 0x800}
)
MEMORY = {  # base, size, writable (2.2.2)
    "flash": (0x08000000, 0x100000, False),
    "sram1": (0x20000000, 0x18000, True),
    "sram2": (0x10000000, 0x8000, True),
    "system": (0x1FFF7000, 0x1000, False),
}
ALIASES = {0x00000000: "flash"}  # BOOT0 low (2.6); REMAP is not modelled
PROGRAMMABLE = [(0x08000000, 0x100000)]

CR, CFGR, PLLCFGR, AHB1ENR, AHB2ENR, APB1ENR1, APB1ENR2, APB2ENR = 0x00, 0x08, 0x0C, 0x48, 0x4C, 0x58, 0x5C, 0x60
CCIPR, BDCR, CSR = 0x88, 0x90, 0x94
HSI16_HZ, HSE_HZ = 16_000_000, 8_000_000
MSI_HZ = [100_000, 200_000, 400_000, 800_000, *(n * 1_000_000 for n in (1, 2, 4, 8, 16, 24, 32, 48))]
PIN, BOR, SOFT, WATCHDOG = 1 << 26, 1 << 27, 1 << 28, 1 << 29  # of CSR


def fill_factory(memory: Memory) -> None:
    """The unique identifier (49.1) and the flash's size in kB (49.2)."""
    fill_words(memory, {0x1FFF7590: 0x00310042, 0x1FFF7594: 0x50365711, 0x1FFF7598: 0x2036394E, 0x1FFF75E0: 0xFFFF0400})


def _msi_hz(rcc: Rcc) -> int:
    return MSI_HZ[min(rcc.plain[CR] >> 4 & 0xF, 11)] if rcc.plain[CR] >> 3 & 1 else 4_000_000


def sysclk(rcc: Rcc) -> int:
    """6.4.3, 6.4.4."""
    source = rcc.plain[CFGR] >> 2 & 3
    if source < 3:
        return (_msi_hz(rcc), HSI16_HZ, HSE_HZ)[source]
    pll = rcc.plain[PLLCFGR]
    base = (0, _msi_hz(rcc), HSI16_HZ, HSE_HZ)[pll & 3]
    out = base * (pll >> 8 & 0x7F) // ((pll >> 4 & 7) + 1) // (2 * (pll >> 25 & 3) + 2)
    return out if pll >> 24 & 1 else 0  # PLLREN


def kernel(rcc: Rcc, name: str) -> int:
    """What a peripheral on APB1 counts (6.2, figure 15; 6.4.28 for USARTs)."""
    cfgr = rcc.plain[CFGR]
    hclk = sysclk(rcc) >> (0, 1, 2, 3, 4, 6, 7, 8, 9)[max(0, (cfgr >> 4 & 0xF) - 7)]
    divided = max(0, (cfgr >> 8 & 7) - 3)
    pclk1 = hclk >> divided
    if name.startswith("TIM"):
        return pclk1 * (2 if divided else 1)
    return (pclk1, sysclk(rcc), HSI16_HZ, 32_768)[rcc.plain[CCIPR] >> 2 & 3]  # USART2SEL


CLOCKS = Clocks(
    reset={
        CR: 0x63, 0x04: 0x10000000, CFGR: 0, PLLCFGR: 0x1000, 0x10: 0x1000, 0x14: 0x1000, 0x18: 0, AHB1ENR: 0x100,
        AHB2ENR: 0, 0x50: 0, APB1ENR1: 0, APB1ENR2: 0, APB2ENR: 0, CCIPR: 0, BDCR: 0, CSR: 0x600,
    },
    ready={(CR, 0): (CR, 1), (CR, 8): (CR, 10), (CR, 16): (CR, 17), (CR, 24): (CR, 25), (CSR, 0): (CSR, 1)},
    switch=(CFGR, 3, 2),
    sources={0: (CR, 1), 1: (CR, 10), 2: (CR, 17), 3: (CR, 25)},
    flags=(CSR, 23),
    causes={"power": BOR | PIN, "pin": PIN, "soft": SOFT | PIN, "watchdog": WATCHDOG | PIN},
    sysclk=sysclk,
    kernel=kernel,
    wait_states=lambda rcc: max(0, -(-sysclk(rcc) // 16_000_000) - 1),  # in Range 1 (3.3.3)
)  # fmt: skip


CHIP = Chip(
    name="STM32L476",
    clocks=CLOCKS,
    places={
        "RCC": Place(Rcc, 0x40021000),
        "FLASH": Place(Flash, 0x40022000, facts={"reset": {0x00: 0x600, 0x10: 0}}),
        "PWR": Place(Plain, 0x40007000, (APB1ENR1, 28), facts={"reset": {0x00: 0x200, 0x04: 0, 0x08: 0x8000, 0x14: 0}}),
        "SYSCFG": Place(Plain, 0x40010000, (APB2ENR, 0), facts={"reset": dict.fromkeys(range(0, 0x18, 4), 0)}),
        "EXTI": Place(Plain, 0x40010400, facts={"reset": dict.fromkeys((*range(0, 0x18, 4), *range(0x20, 0x38, 4)), 0)}),
        "DMA1": Place(ChannelDma, 0x40020000, (AHB1ENR, 0), facts={"irqs": list(range(11, 18))}),
        "TIM3": Place(Timer, 0x40000400, (APB1ENR1, 1), 29),
        "IWDG": Place(Iwdg, 0x40003000),
        "USART2": Place(Usart, 0x40004400, (APB1ENR1, 17), 38),
        **ports(0x48000000, AHB2ENR, "ABC"),
    },
    memory_of_dma=[(0x20000000, 0x18000, None), (0x10000000, 0x8000, None), (0x08000000, 0x100000, None)],
    requests={(6, 2): "USART2_RX", (7, 2): "USART2_TX"},  # of DMA1 (11.4.3)
    pins={"USART2_TX": {2: 7, 53: 7}, "USART2_RX": {3: 7, 54: 7}},  # PA2, PD5; PA3, PD6: AF7 (DS10198, table 17)
)  # fmt: skip
SOC = partial(Stm32, CHIP)
