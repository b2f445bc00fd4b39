"""What the RP2040 emulator's own tests run: small firmware behind the project's boot block, and one run of it.

The registers are written as numbers from the RP2040 Datasheet, so that this shares nothing with lib/port but the boot block.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ZIG = ROOT / ".fieldmouse" / "cache" / "zig"
BOOT2 = ROOT / "lib" / "port" / "rp2040" / "boot2.S"

sys.path.insert(0, str(ROOT / "platform" / "builder"))
import checksum  # noqa: E402

LINKER_SCRIPT = """
ENTRY(start)
SECTIONS {
  /DISCARD/ : { *(.ARM.exidx*) }
  .boot 0x10000000 : { b = .; KEEP(*(.boot)) . += 252 - (. - b); LONG(0) }
  .text 0x10000100 : { KEEP(*(.vectors)) *(.text*) *(.rodata*) . = ALIGN(4); }
  .data 0x20000000 (NOLOAD) : { *(.data*) *(.bss*) *(COMMON) }
  __stack_limit = 0x20003800; __stack_top = 0x20004000;
}
"""

COMMON = r"""
#include <stdint.h>
#define R(a) (*(volatile uint32_t *)(uintptr_t)(a))
#define UART 0x40034000u
#define TIMER 0x40054000u
#define WDOG 0x40058000u
#define wfi() __asm volatile("wfi" ::: "memory")
extern uint32_t __stack_top;
int main(void);
void start(void) { main(); for (;;) wfi(); }
void hard(void) __attribute__((weak)); void irq_timer(void) __attribute__((weak)); void irq_uart(void) __attribute__((weak));
#define V(f) (uintptr_t)(f)
__attribute__((section(".vectors"), used)) const uintptr_t vectors[48] = {
    V(&__stack_top), V(start), [3] = V(hard), [16] = V(irq_timer), [16 + 20] = V(irq_uart)};
static void clocks(void) { /* crystal to clk_ref, PLL_USB to clk_peri; ticks of 1 us */
    R(0x40024000u) = 0xAA0; R(0x4002400Cu) = 47; R(0x40024000u) = 0xFABAA0; while (!(R(0x40024004u) >> 31)) {}
    R(0x40008030u) = 2; while (R(0x40008038u) != 4) {}
    R(WDOG + 0x2C) = 12 | 0x200;
    R(0x4000F000u) = 1 << 5 | 1 << 13 | 1 << 22; while (~R(0x4000C008u) & (1 << 5 | 1 << 13 | 1 << 22)) {}
    R(0x4002C000u) = 1; R(0x4002C008u) = 100; R(0x4002F004u) = 0x21; while (!(R(0x4002C000u) >> 31)) {}
    R(0x4002C00Cu) = 0x55000; R(0x4002F004u) = 8; R(0x40008048u) = 1 << 11 | 2 << 5;
}
static void uart_on(void) { /* 1 Mbaud, 8 bits, FIFOs, GP0 and GP1 */
    clocks();
    R(UART + 0x24) = 3; R(UART + 0x28) = 0; R(UART + 0x2C) = 0x70; R(UART + 0x30) = 0x301;
    R(0x40014004u) = 2; R(0x4001400Cu) = 2;
}
static void put(const char *s) { for (; *s; s++) { while (R(UART + 0x18) & 0x20) {} R(UART) = (uint8_t)*s; } }
static void hex(uint32_t v) {
    char b[10];
    for (int i = 0; i < 8; i++) { uint32_t d = v >> (28 - 4 * i) & 15; b[i] = (char)(d < 10 ? '0' + d : 'A' + d - 10); }
    b[8] = '\n'; b[9] = 0; put(b);
}
static uint32_t now(void) { return R(TIMER + 0x28); }
static void spin_us(uint32_t us) { uint32_t t = now(); while (now() - t < us) {} }
static void irq_on(uint32_t n) { R(0xE000E100u) = 1u << n; }
static void drained(void) { while (R(UART + 0x18) & 8) {} }
"""


class Run:
    """What one run of the emulator left: exit status, output, its hexadecimal lines as numbers, what it said, its counts."""

    def __init__(self, result, counts):
        self.status = result.returncode
        self.out = result.stdout
        self.said = result.stderr.decode()
        self.counts = counts

    @property
    def words(self):
        return [int(line, 16) for line in self.out.split(b"\n") if len(line) == 8]


def compiler():
    """gcc for ARM, else zig."""
    if shutil.which("arm-none-eabi-gcc"):
        return ["arm-none-eabi-gcc", "-mcpu=cortex-m0plus", "-mthumb", "-nostartfiles", "-nostdlib"]
    target = ["-target", "thumb-freestanding-eabi", "-mcpu=cortex_m0plus"]
    return [sys.executable, "-m", "ziglang", "cc", *target, "-fno-sanitize=undefined", "-Wl,--entry=start", "-g"]


def build(folder, source, common=COMMON):
    """Compiles, links behind the boot block, and seals."""
    (folder / "link.ld").write_text(LINKER_SCRIPT)
    (folder / "code.c").write_text(common + source)
    elf = folder / "code.elf"
    options = ["-O2", "-fno-builtin", "-ffreestanding", "-Wl,--build-id=none", "-T", str(folder / "link.ld")]
    environment = {"ZIG_GLOBAL_CACHE_DIR": str(ZIG), "ZIG_LOCAL_CACHE_DIR": str(ZIG), **os.environ}
    command = [*compiler(), *options, str(folder / "code.c"), str(BOOT2), "-o", str(elf)]
    subprocess.run(command, check=True, env=environment)
    checksum.seal(elf)
    return elf


def run(elf, folder, data=b"", *options, limit_s=60):
    """Boots an image with `data` as all its input, until it has nothing more to do."""
    counts = folder / "counts.json"
    counts.unlink(missing_ok=True)
    line = [sys.executable, "-m", "orchestrator.emulator.rp2040js", str(elf), f"--counts={counts}", *options]
    result = subprocess.run(line, input=data, capture_output=True, cwd=ROOT, timeout=limit_s)
    return Run(result, json.loads(counts.read_text()) if counts.exists() else None)
