"""What the emulator's tests of an ARMv6-M core run: small firmware for the PY32F003, whose registers are written as numbers."""

from emulator_firmware import CORE, Target

PY32F003 = Target(
    "py32f003",
    gcc="-mcpu=cortex-m0plus -mthumb -masm-syntax-unified",
    zig="-target thumb-freestanding-eabi -mcpu=cortex_m0plus",
    flash="0x08000000",
    top="0x20001000",
)

# The priority registers take words only.
COMMON = (
    CORE.replace("void irq_on(", "void irq_on_by_bytes(")
    + r"""
#define RCC 0x40021000u
#define IWDG 0x40003000u
#define U 0x40013800u
void svc(void) __attribute__((weak)); void pendsv(void) __attribute__((weak)); void systick(void) __attribute__((weak));
void irq_a(void) __attribute__((weak)); void irq_b(void) __attribute__((weak)); void irq_c(void) __attribute__((weak));
__attribute__((section(".vectors"), used)) const uintptr_t vectors[48] = {
    V(&__stack_top), V(start), 0, V(hard), [11] = V(svc), [14] = V(pendsv), [15] = V(systick),
    [16 + 20] = V(irq_a), [16 + 21] = V(irq_b), [16 + 22] = V(irq_c)};
static void uart_on(void) { /* 24 MHz, 1 Mbaud, TX at PA2 */
    R(RCC + 4) = (R(RCC + 4) & ~0x1FFFFFFu) | 4u << 13 | (R(0x1FFF0F10u) & 0x1FFF) | (R(0x1FFF0FA4u) & 0x1FF) << 16;
    R(RCC + 0x34) |= 1; R(RCC + 0x40) |= 1u << 14; R(0x5000000Cu) |= 1u << 6; R(0x50000020u) = 0x1100;
    R(0x50000000u) = (R(0x50000000u) & ~0xF0u) | 0xA0; R(U + 8) = 24; R(U + 0xC) = 1u << 13 | 1u << 3 | 1u << 2;
}
static void put(const char *s) {
    for (; *s; s++) { while (!(R(U) & 0x80)) {} R(U + 4) = (uint8_t)*s; }
    while (!(R(U) & 0x40)) {}
}
__attribute__((unused)) static void irq_on(uint32_t n, uint32_t priority) {
    const uint32_t shift = 8 * (n % 4);
    R(0xE000E400u + (n & ~3u)) = (R(0xE000E400u + (n & ~3u)) & ~(0xFFu << shift)) | priority << (shift + 6);
    R(0xE000E100u) = 1u << n;
}
"""
)

# A fault tells its program counter.
FAULTS = (
    COMMON
    + r"""
__attribute__((used)) void report(const uint32_t *frame) { put("fault\n"); hex(frame[6]); for (;;) wfi(); }
__attribute__((naked)) void hard(void) { __asm volatile("mov r0, sp\n bl report"); }
"""
)
