"""What the emulators' own tests run: small firmware, its compiler, and one run of it. The nRF52840's is here too.

The registers are written as numbers from the Product Specification, so that this shares nothing with lib/port.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ZIG = ROOT / ".fieldmouse" / "cache" / "zig"

LINKER_SCRIPT = """
ENTRY(start)
SECTIONS {
  /DISCARD/ : { *(.ARM.exidx*) *(.ARM.extab*) }
  .text %(flash)s : { KEEP(*(.vectors)) *(.text*) *(.rodata*) . = ALIGN(4); data_image = .; }
  .data %(ram)s : AT(data_image) { data_start = .; *(.data*) . = ALIGN(4); data_end = .; }
  .bss (NOLOAD) : { bss_start = .; *(.bss*) *(COMMON) . = ALIGN(4); bss_end = .; }
  __stack_limit = %(top)s - 2048; __stack_top = %(top)s;
}
"""

# What no chip has of its own.
CORE = r"""
#include <stdint.h>
#define R(a) (*(volatile uint32_t *)(uintptr_t)(a))
#define V(f) (uintptr_t)(f)
#define wfi() __asm volatile("wfi" ::: "memory")
extern uint32_t data_image, data_start, data_end, bss_start, bss_end, __stack_top;
int main(void);
void start(void) {
    const uint32_t *from = &data_image;
    for (volatile uint32_t *p = &data_start; p < &data_end; p++) *p = *from++;
    for (volatile uint32_t *p = &bss_start; p < &bss_end; p++) *p = 0;
    main();
    for (;;) wfi();
}
void hard(void) __attribute__((weak));
static void put(const char *s);
__attribute__((unused)) static void hex(uint32_t v) {
    char b[10];
    for (int i = 0; i < 8; i++) { uint32_t d = v >> (28 - 4 * i) & 15; b[i] = (char)(d < 10 ? '0' + d : 'A' + d - 10); }
    b[8] = '\n'; b[9] = 0; put(b);
}
__attribute__((unused)) static void irq_on(uint32_t n, uint32_t priority) {
    *(volatile uint8_t *)(uintptr_t)(0xE000E400u + n) = (uint8_t)(priority << 5); R(0xE000E100u + 4 * (n / 32)) = 1u << (n % 32);
}
__attribute__((unused)) static void pend(uint32_t n) { R(0xE000E200u) = 1u << n; __asm volatile("dsb\n isb" ::: "memory"); }
"""

COMMON = (
    CORE
    + r"""
#define U 0x40002000u
#define WDT 0x40010000u
#define RTC 0x4000B000u
#define T1 0x40009000u
#define PPI 0x4001F000u
#define RESETREAS 0x40000400u
void svc(void) __attribute__((weak)); void pendsv(void) __attribute__((weak)); void systick(void) __attribute__((weak));
void irq_power(void) __attribute__((weak)); void irq_uart(void) __attribute__((weak)); void irq_rtc(void) __attribute__((weak));
void irq_a(void) __attribute__((weak)); void irq_b(void) __attribute__((weak)); void irq_c(void) __attribute__((weak));
__attribute__((section(".vectors"), used)) const uintptr_t vectors[64] = {
    V(&__stack_top), V(start), 0, V(hard), [11] = V(svc), [14] = V(pendsv), [15] = V(systick), [16] = V(irq_power),
    [16 + 2] = V(irq_uart),
    [16 + 11] = V(irq_rtc), [16 + 20] = V(irq_a), [16 + 21] = V(irq_b), [16 + 22] = V(irq_c)};
static void uart_on(void) {
    R(U + 0x50C) = 6; R(U + 0x514) = 8; R(U + 0x524) = 0x10000000; R(U + 0x500) = 8;
}
static uint8_t put_buffer[64];
static void put(const char *s) {
    uint32_t n = 0;
    for (; s[n]; n++) put_buffer[n] = (uint8_t)s[n];
    R(U + 0x120) = 0; R(U + 0x544) = V(put_buffer); R(U + 0x548) = n; R(U + 8) = 1;
    while (!R(U + 0x120)) {}
}
static void sleep_ticks(uint32_t ticks) { /* in 32768ths of a second, on RTC0, by its event */
    R(0x40000008u) = 1; while (!R(0x40000104u)) {}
    R(RTC + 0x140) = 0; R(RTC + 0x344) = R(RTC + 0x304) = 1u << 16; R(RTC + 8) = 1; R(RTC + 0x540) = ticks; R(RTC) = 1;
    R(0xE000ED10u) = 16; /* SEVONPEND: a masked interrupt ends WFE */
    while (!R(RTC + 0x140)) __asm volatile("wfe");
    R(RTC + 0x140) = 0; R(0xE000E280u) = 1u << 11;
}
"""
)

ECHO = r"""
enum { N = 64, K = 64 };
static uint8_t rx[K][N], tx[2][256];
static volatile uint32_t sent = 1;
void irq_uart(void) {
    static uint32_t armed;
    if (R(U + 0x14C)) { R(U + 0x14C) = 0; armed++; R(U + 0x534) = V(rx[armed % K]); } /* RXSTARTED: the next one */
    if (R(U + 0x110)) R(U + 0x110) = 0;
    if (R(U + 0x120)) { R(U + 0x120) = 0; sent = 1; }
}
void irq_rtc(void) { R(RTC + 0x100) = 0; }
int main(void) {
    uart_on(); put("banner\n"); R(U + 0x120) = 0;
    R(T1 + 0x504) = 1; R(T1 + 0x508) = 3; R(T1) = 1; /* TIMER1 counts RXDRDY through PPI */
    R(PPI + 0x510) = U + 0x108; R(PPI + 0x514) = T1 + 8; R(PPI + 0x504) = 1;
    R(U + 0x534) = V(rx[0]); R(U + 0x538) = N; R(U + 0x200) = 1 << 5; R(U + 0x304) = 1u << 4 | 1u << 19 | 1u << 8;
    irq_on(2, 3); R(0x40000008u) = 1; R(RTC + 0x508) = 31; R(RTC + 0x304) = 1; R(RTC) = 1; irq_on(11, 4);
    R(U) = 1;
    for (uint32_t head = 0, k = 0;;) {
        R(T1 + 0x40) = 1;
        const uint32_t got = R(T1 + 0x540);
        if (got == head || !sent) { wfi(); continue; }
        uint32_t n = 0;
        uint8_t *t = tx[k++ & 1];
        for (; head != got && n < 256; head++) t[n++] = rx[head / N % K][head % N];
        sent = 0; R(U + 0x544) = V(t); R(U + 0x548) = n; R(U + 8) = 1;
    }
}
"""

REPORT_FAULTS = r"""
__attribute__((used)) void report(const uint32_t *frame) {
    put("fault\n"); hex(R(0xE000ED28u)); hex(R(0xE000ED2Cu)); hex(R(0xE000ED38u)); hex(frame[6]);
    R(0xE000ED28u) = 0xFFFFFFFF; for (;;) wfi();
}
__attribute__((naked)) void hard(void) { __asm volatile("mov r0, sp\n b report"); }
"""
FAULTS = COMMON + REPORT_FAULTS


@dataclass(frozen=True)
class Target:
    """A board that small firmware is built for: its compilers' flags, and where flash and RAM begin and RAM ends."""

    board: str = "nrf52840"
    gcc: str = "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"
    zig: str = "-target thumb-freestanding-eabihf -mcpu=cortex_m4+vfp4d16sp"
    flash: str = "0x0"
    top: str = "0x20040000"
    ram: str = "0x20000000"


NRF52840 = Target()


class Run:
    """What one run of the emulator left: output, its hexadecimal lines as numbers, what it said, its counts."""

    def __init__(self, result, counts):
        self.out = result.stdout
        self.said = result.stderr.decode()
        self.counts = counts
        self.words = [int(line, 16) for line in re.findall(rb"^([0-9A-F]{8})$", result.stdout, re.M)]


class Firmware:
    """Compiles C into ELF files, once for each source."""

    def __init__(self, folder, target=NRF52840):
        self._folder = folder
        self._built = {}
        (folder / "link.ld").write_text(LINKER_SCRIPT % vars(target))
        gcc = shutil.which("arm-none-eabi-gcc")
        if gcc and not os.environ.get("FIELDMOUSE_ZIG"):
            self._compiler = [gcc, *target.gcc.split(), "-nostdlib", "-nostartfiles"]
        else:
            options = ["-fno-sanitize=undefined", "-Wl,--entry=start", "-g"]
            self._compiler = [sys.executable, "-m", "ziglang", "cc", *target.zig.split(), *options]

    def build(self, source, common=COMMON):
        key = common + source
        if key not in self._built:
            elf = self._folder / f"{len(self._built)}.elf"
            code = elf.with_suffix(".c")
            code.write_text(key)
            options = ["-O2", "-fno-builtin", "-ffreestanding", "-T", str(self._folder / "link.ld")]
            environment = {"ZIG_GLOBAL_CACHE_DIR": str(ZIG), "ZIG_LOCAL_CACHE_DIR": str(ZIG), **os.environ}
            subprocess.run([*self._compiler, *options, str(code), "-o", str(elf)], check=True, env=environment)
            self._built[key] = elf
        return self._built[key]


def command(elf, *options, board="nrf52840"):
    """The emulator as `emu://` starts it."""
    return [sys.executable, "-m", "orchestrator.emulator.unicorn", "--board", board, str(elf), *options]


def run(elf, folder, data, options, board="nrf52840", limit_s=60):
    """Boots an image with `data` as all its input, until it has nothing more to do."""
    counts = folder / "counts.json"
    line = command(elf, "--counts", str(counts), *options, board=board)
    result = subprocess.run(line, input=data, capture_output=True, cwd=ROOT, timeout=limit_s)
    assert result.returncode == 0, result.stderr.decode()
    return Run(result, json.loads(counts.read_text()))
