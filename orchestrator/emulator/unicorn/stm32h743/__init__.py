"""The STM32H743: where its memories and peripherals are, and how its clocks follow from RCC (RM0433 Rev 8)."""

from __future__ import annotations

from functools import partial

from ..cortexm import Features
from ..memory import Memory
from ..stm32.block import Flash, Plain
from ..stm32.chip import Chip, Clocks, Place, fill_words
from ..stm32.dma import Dmamux, StreamDma
from ..stm32.gpio import ports
from ..stm32.iwdg import Iwdg
from ..stm32.rcc import Rcc
from ..stm32.soc import Stm32
from ..stm32.timer import Timer
from ..stm32.usart import Usart

CPU_HZ = 400_000_000
CPU_MODEL = "CORTEX_M7"
FEATURES = Features(
    irqs=150, priority_bits=4, fpu=True, systick_in_sleep=True, vectors=0x08000000, lockup_resets=False,
    registers={0xD00: 0x411FC271, 0xD78: 0x09000003, 0xD80: 0xF00FE019, 0xD90: 0x1000},  # caches of 16 kB; 16 regions
)  # fmt: skip
MEMORY = {  # base, size, writable (2.3.2)
    "flash": (0x08000000, 0x200000, False),
    "itcm": (0x00000000, 0x10000, True),
    "dtcm": (0x20000000, 0x20000, True),
    "axi": (0x24000000, 0x80000, True),
    "d2": (0x30000000, 0x48000, True),
    "d3": (0x38000000, 0x10000, True),
    "system": (0x1FF1E000, 0x1000, False),
}
PROGRAMMABLE = [(0x08000000, 0x200000)]

CR, CFGR, D1CFGR, D2CFGR, D3CFGR, PLLCKSELR, PLLCFGR, PLL1DIVR = 0x00, 0x10, 0x18, 0x1C, 0x20, 0x28, 0x2C, 0x30
D2CCIP2R, CSR, RSR, AHB1ENR, AHB2ENR, AHB4ENR, APB1LENR, APB4ENR = 0x54, 0x74, 0xD0, 0xD8, 0xDC, 0xE0, 0xE8, 0xF4
HSI_HZ, CSI_HZ, HSE_HZ = 64_000_000, 4_000_000, 8_000_000
CPU_PIN, POWER, SOFT, WATCHDOG = 1 << 17 | 1 << 22, 0x00FA0000, 1 << 24, 1 << 26  # of RSR


def fill_factory(memory: Memory) -> None:
    """The unique identifier (61.1) and the flash's size in kB (61.2)."""
    fill_words(memory, {0x1FF1E800: 0x0027001D, 0x1FF1E804: 0x33375118, 0x1FF1E808: 0x38363730, 0x1FF1E880: 0x800})


def sysclk(rcc: Rcc) -> int:
    """8.5.5, 8.5.6; D1CPRE divides it for the CPU."""
    plain = rcc.plain
    hsi = HSI_HZ >> (plain[CR] >> 3 & 3)
    source = plain[CFGR] >> 3 & 7
    if source == 3:
        base, divider = (hsi, CSI_HZ, HSE_HZ, 0)[plain[PLLCKSELR] & 3], plain[PLL1DIVR]
        out = base * ((divider & 0x1FF) + 1) // max(1, plain[PLLCKSELR] >> 4 & 0x3F) // ((divider >> 9 & 0x7F) + 1)
        return _divided(out, plain[D1CFGR] >> 8) if plain[PLLCFGR] >> 16 & 1 else 0
    return _divided((hsi, CSI_HZ, HSE_HZ)[source], plain[D1CFGR] >> 8)


def _divided(hz: int, prescaler: int) -> int:
    return hz >> (0, 1, 2, 3, 4, 6, 7, 8, 9)[max(0, (prescaler & 0xF) - 7)]


def _hclk(rcc: Rcc) -> int:
    return _divided(sysclk(rcc), rcc.plain[D1CFGR])


def kernel(rcc: Rcc, name: str) -> int:
    """What a peripheral on APB1 counts (8.5.8; 8.7.17 for USARTs)."""
    divided = max(0, (rcc.plain[D2CFGR] >> 4 & 7) - 3)
    pclk1 = _hclk(rcc) >> divided
    if name.startswith("TIM"):
        return pclk1 * (2 if divided else 1)
    return {0: pclk1, 3: HSI_HZ, 4: CSI_HZ, 5: 32_768}.get(rcc.plain[D2CCIP2R] & 7, 0)  # USART234578SEL


CLOCKS = Clocks(
    reset={
        CR: 0x25, CFGR: 0, D1CFGR: 0, D2CFGR: 0, D3CFGR: 0, PLLCKSELR: 0x02020200, PLLCFGR: 0x01FF0000,
        PLL1DIVR: 0x01010280, 0x34: 0, 0x4C: 0, 0x50: 0, D2CCIP2R: 0, CSR: 0, RSR: 0, 0xD4: 0, AHB1ENR: 0, AHB2ENR: 0,
        AHB4ENR: 0, APB1LENR: 0, 0xEC: 0, 0xF0: 0, APB4ENR: 0x10000,
    },
    ready={(CR, 0): (CR, 2), (CR, 7): (CR, 8), (CR, 16): (CR, 17), (CR, 24): (CR, 25), (CSR, 0): (CSR, 1)},
    switch=(CFGR, 7, 3),
    sources={0: (CR, 2), 1: (CR, 8), 2: (CR, 17), 3: (CR, 25)},
    flags=(RSR, 16),
    causes={"power": POWER, "pin": CPU_PIN, "soft": SOFT | CPU_PIN, "watchdog": WATCHDOG | CPU_PIN},
    sysclk=sysclk,
    kernel=kernel,
    wait_states=lambda rcc: max(0, -(-_hclk(rcc) // 70_000_000) - 1),  # at VOS1 (4.3.8)
)  # fmt: skip
CHIP = Chip(
    name="STM32H743",
    clocks=CLOCKS,
    places={
        "RCC": Place(Rcc, 0x58024400),
        "FLASH": Place(Flash, 0x52002000, facts={"reset": {0x00: 0x37}}),
        "PWR": Place(
            Plain, 0x58024800, facts={"reset": {0x04: 0x4000, 0x0C: 6, 0x18: 0x4000}, "always": {0x04: 1 << 13, 0x18: 1 << 13}}
        ),
        "DMA1": Place(StreamDma, 0x40020000, (AHB1ENR, 0), facts={"irqs": [*range(11, 18), 47], "mux": "DMAMUX1"}),
        "DMAMUX1": Place(Dmamux, 0x40020800, (AHB1ENR, 0)),
        "TIM3": Place(Timer, 0x40000400, (APB1LENR, 1), 29),
        "IWDG": Place(Iwdg, 0x58004800),
        "USART3": Place(Usart, 0x40004800, (APB1LENR, 18), 39),
        **ports(0x58020000, AHB4ENR, "ABCDE"),
    },
    memory_of_dma=[
        (0x24000000, 0x80000, None), (0x30000000, 0x20000, (AHB2ENR, 29)), (0x30020000, 0x20000, (AHB2ENR, 30)),
        (0x30040000, 0x8000, (AHB2ENR, 31)), (0x38000000, 0x10000, None), (0x08000000, 0x200000, None),
    ],
    requests={(None, 45): "USART3_RX", (None, 46): "USART3_TX"},
    pins={"USART3_TX": {26: 7, 42: 7, 56: 7}, "USART3_RX": {27: 7, 43: 7, 57: 7}},  # PB10, PC10, PD8; PB11, PC11, PD9
    cacheable=True,
)  # fmt: skip
SOC = partial(Stm32, CHIP)
