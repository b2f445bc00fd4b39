"""Small firmware for the STM32 family, for the emulator's own tests; what one chip has of its own is a row of CHIPS.

The registers are written as numbers from RM0351 and RM0433, so that this shares nothing with lib/port.
"""

from dataclasses import dataclass

from emulator_firmware import CORE, Target


@dataclass(frozen=True)
class Chip:
    """A chip's part: its source, mistakes with its own registers and what is said of each, flags of power-on and soft reset."""

    target: Target
    source: str
    wrong: list[tuple[str, str]]
    cpu_mhz: int
    flags: tuple[int, int]


# The vector table and the UART; U, DMA, T and IRQ_… are the chip's.
FAMILY = r"""
#define IWDG_KEY(k) (R(IWDG) = (k))
void irq_rx(void) __attribute__((weak)); void irq_tx(void) __attribute__((weak));
void irq_timer(void) __attribute__((weak)); void irq_uart(void) __attribute__((weak));
extern uint32_t __stack_top;
__attribute__((section(".vectors"), used)) const uintptr_t vectors[16 + IRQS] = {
    V(&__stack_top), V(start), 0, V(hard), [16 + IRQ_RX] = V(irq_rx), [16 + IRQ_TX] = V(irq_tx),
    [16 + IRQ_TIMER] = V(irq_timer), [16 + IRQ_UART] = V(irq_uart)};
static void wait(uint32_t a, uint32_t bits, uint32_t value) { while ((R(a) & bits) != value) {} }
static void uart_send_on(void) { clocks_on(); pins_on(); R(U + 0xC) = BRR_1M; R(U) = 1 | 1 << 3; }
__attribute__((unused)) static void uart_on(void) { uart_send_on(); R(U) = 1 | 1 << 2 | 1 << 3; }
static void put(const char *s) {
    for (; *s; s++) { wait(U + 0x1C, 1 << 7, 1 << 7); R(U + 0x28) = (uint8_t)*s; }
    wait(U + 0x1C, 1 << 6, 1 << 6);
}
__attribute__((unused)) static void pause(uint32_t loops) { while (loops--) __asm volatile("nop"); }
"""

L476 = r"""
enum { WATCHDOG = 29, SOFT = 28, TIMER_HZ = 80000000, IRQS = 82, IRQ_RX = 16, IRQ_TX = 17, IRQ_TIMER = 29, IRQ_UART = 38, BRR_1M = 80 };
#define U 0x40004400u
#define T 0x40000400u
#define IWDG 0x40003000u
#define RSR 0x40021094u
#define RMVF (1u << 23)
#define RX_COUNT R(0x40020070u) /* channel 6 */
#define RX_CONTROL R(0x4002006Cu)
#define RX_FLAGS (R(0x40020000u) >> 21 & 7) /* TC, HT, TE */
#define RX_CLEAR() (R(0x40020004u) = 0xEu << 20)
#define CIRCULAR 0xA0u
#define ONCE 0x80u
#define INTERRUPTS 6u
static void wait(uint32_t a, uint32_t bits, uint32_t value);
static void clocks_on(void) {
    R(0x40022000u) = 4; wait(0x40022000u, 7, 4);
    R(0x40021000u) |= 1u << 8; wait(0x40021000u, 1u << 10, 1u << 10);
    R(0x4002100Cu) = 2 | 10u << 8 | 1u << 24; R(0x40021000u) |= 1u << 24; wait(0x40021000u, 1u << 25, 1u << 25);
    R(0x40021008u) = 3; wait(0x40021008u, 3u << 2, 3u << 2);
    R(0x40021048u) |= 1; R(0x4002104Cu) |= 1; R(0x40021058u) |= 1u << 1 | 1u << 17;
}
static void pins_on(void) { R(0x48000020u) = 0x7700; R(0x48000000u) = 0xABFFFFAFu; }
__attribute__((unused)) static void rx_on(void *to, uint32_t n, uint32_t setting) {
    R(0x400200A8u) |= 2u << 20; R(0x40020074u) = U + 0x24; R(0x40020078u) = V(to); RX_COUNT = n; RX_CONTROL = setting | 1;
}
__attribute__((unused)) static void tx_on(const void *from, uint32_t n) {
    R(0x400200A8u) |= 2u << 24; R(0x40020080u) = 0; R(0x40020004u) = 0xEu << 24; R(0x40020088u) = U + 0x28;
    R(0x4002008Cu) = V(from); R(0x40020084u) = n; R(0x40020080u) = 0x93;
}
#define TX_CLEAR() (R(0x40020004u) = 0xEu << 24)
"""

L476_WRONG = [
    ("R(0x4002104Cu) = 0; R(0x48000018u) = 1;", "write of GPIOA, whose clock is off: RCC+0x04C bit 0"),
    ("R(0x40021058u) = 0; R(U + 0x1C);", "read of USART2, whose clock is off: RCC+0x058 bit 17"),
    ("R(0x40021048u) = 0; RX_COUNT = 1;", "write of DMA1, whose clock is off: RCC+0x048 bit 0"),
    ("rx_on(vectors, 8, ONCE); R(0x40020004u) = 1u << 20;", "IFCR clears GIF of DMA1 channel 6, which is on"),
    ("R(0x40007000u) = 0x200;", "write of PWR, whose clock is off: RCC+0x058 bit 28"),
    ("R(0x48000020u) = 0x7000; put(\"x\");", "USART2_TX is not connected: PA2 has alternate function 0, and it takes 7"),
    ("R(0x48000000u) = 0xFFFFFFFF; put(\"x\");", "USART2_TX is not connected: PA2 has no alternate function"),
    ("R(0x40022000u) = 3;\n R(0x40021008u) = 3;", "SYSCLK is 80000000 Hz with 3 wait states of the flash; it needs 4"),
    ("R(0x40021008u) = 2;", "SW selects clock 2, which is not ready"),
    ("R(0x40021008u) = 1; R(U) = 0; R(U + 0xC) = 16; R(U) = 13;", "SYSCLK is 16000000 Hz, but this emulator runs the CPU at"),
]  # fmt: skip

H743 = r"""
enum { WATCHDOG = 26, SOFT = 24, TIMER_HZ = 200000000, IRQS = 150, IRQ_RX = 11, IRQ_TX = 12, IRQ_TIMER = 29, IRQ_UART = 39, BRR_1M = 100 };
#define U 0x40004800u
#define T 0x40000400u
#define IWDG 0x58004800u
#define RSR 0x580244D0u
#define RMVF (1u << 16)
#define RX_COUNT R(0x40020014u) /* stream 0 */
#define RX_CONTROL R(0x40020010u)
#define RX_FLAGS ((R(0x40020000u) >> 5 & 1) | (R(0x40020000u) >> 3 & 2) | (R(0x40020000u) >> 1 & 4)) /* TC, HT, TE */
#define RX_CLEAR() (R(0x40020008u) = 0x3Du)
#define CIRCULAR 0x100500u
#define ONCE 0x100400u
#define INTERRUPTS 0x18u
static void wait(uint32_t a, uint32_t bits, uint32_t value);
static void clocks_on(void) {
    R(0x5802480Cu) = 2; wait(0x58024804u, 1u << 13, 1u << 13); R(0x58024818u) = 3u << 14; wait(0x58024818u, 1u << 13, 1u << 13);
    R(0x52002000u) = 0x22; wait(0x52002000u, 15, 2); R(0x58024418u) = 0x48; R(0x5802441Cu) = 0x440; R(0x58024420u) = 0x40;
    R(0x58024428u) = 32u << 4; R(0x5802442Cu) = 1u << 2 | 1u << 16; R(0x58024430u) = 399 | 1u << 9;
    R(0x58024400u) |= 1u << 24; wait(0x58024400u, 1u << 25, 1u << 25); R(0x58024410u) = 3; wait(0x58024410u, 7u << 3, 3u << 3);
    R(0x580244D8u) |= 1; R(0x580244DCu) |= 1u << 29; R(0x580244E0u) |= 1u << 3; R(0x580244E8u) |= 1u << 1 | 1u << 18;
}
static void pins_on(void) { R(0x58020C24u) = 0x77; R(0x58020C00u) = 0xFFFAFFFFu; }
__attribute__((unused)) static void rx_on(void *to, uint32_t n, uint32_t setting) {
    R(0x40020800u) = 45; R(0x40020018u) = U + 0x24; R(0x4002001Cu) = V(to); RX_COUNT = n; RX_CONTROL = setting | 1;
}
__attribute__((unused)) static void tx_on(const void *from, uint32_t n) {
    R(0x40020804u) = 46; R(0x40020028u) = 0; R(0x40020008u) = 0x3Du << 6; R(0x40020030u) = U + 0x28;
    R(0x40020034u) = V(from); R(0x4002002Cu) = n; R(0x40020028u) = 0x100451;
}
#define TX_CLEAR() (R(0x40020008u) = 0x3Du << 6)
"""

M7_GCC = "-mcpu=cortex-m7 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16"
M7_ZIG = "-target thumb-freestanding-eabihf -mcpu=cortex_m7+fp_armv8d16sp"
H743_WRONG = [
    ("R(0x580244E0u) = 0; R(0x58020C18u) = 1;", "write of GPIOD, whose clock is off: RCC+0x0E0 bit 3"),
    ("R(0x580244DCu) = 0; rx_on((void *)0x30000000, 8, ONCE);", "8 bytes, is in memory whose clock is off"),
    ("rx_on((void *)0x20000000, 8, ONCE);", "0x20000000, 8 bytes, is in no memory that it reaches"),
    ("R(0xE000ED14u) |= 1u << 16; rx_on((void *)0x30000000, 8, ONCE);", "that the data cache keeps a copy of"),
    ("rx_on((void *)0x30000000, 8, ONCE & ~(1u << 20));", "TRBUFF is off"),
    ("R(0x52002000u) = 0x21; R(0x58024418u) = 0x48;", "SYSCLK is 400000000 Hz with 1 wait states of the flash; it needs 2"),
    ("R(0x58020C24u) = 0x70; put(\"x\");", "USART3_TX is not connected: PD8 has alternate function 0, and it takes 7"),
]  # fmt: skip

CHIPS = {
    "stm32l476": Chip(
        Target("stm32l476", flash="0x08000000", top="0x20018000"), L476, L476_WRONG, 80, (0x0C000600, 0x14000000)
    ),
    "stm32h743": Chip(
        Target("stm32h743", M7_GCC, M7_ZIG, "0x08000000", "0x24080000", "0x24000000"),
        H743,
        H743_WRONG,
        400,
        (0x00FA0000, 0x01420000),
    ),
}


def common(board):
    """The source that every test's own goes behind."""
    return CORE + CHIPS[board].source + FAMILY


ECHO = r"""
enum { N = 256 };
static uint8_t rx[N], tx[2][N] ;
static volatile uint32_t laps, sent = 1, idles;
void irq_rx(void) { if (RX_FLAGS & 1) laps++; RX_CLEAR(); }
void irq_tx(void) { TX_CLEAR(); sent = 1; }
void irq_uart(void) { R(U + 0x20) = 0x1F; idles++; }
int main(void) {
    uart_send_on(); put("banner\n");
    R(U + 8) = 1 | 1 << 6 | 1 << 7; rx_on(rx, N, CIRCULAR | INTERRUPTS); R(U) |= 1 << 2 | 1 << 4;
    irq_on(IRQ_RX, 2); irq_on(IRQ_TX, 2); irq_on(IRQ_UART, 2);
    for (uint32_t head = 0, k = 0;;) {
        __asm volatile("cpsid i" ::: "memory");
        uint32_t left = RX_COUNT, turns = laps;
        if (RX_FLAGS & 1) { left = RX_COUNT; turns++; }
        const uint32_t got = turns * N + N - left;
        if (got == head || !sent) { wfi(); __asm volatile("cpsie i\n isb" ::: "memory"); continue; }
        __asm volatile("cpsie i\n isb" ::: "memory");
        uint32_t n = 0;
        uint8_t *t = tx[k++ & 1];
        for (; head != got && n < N; head++) t[n++] = rx[head % N];
        sent = 0; tx_on(t, n);
    }
}
"""

ECHO_BY_INTERRUPT = r"""
static uint8_t ring[1024];
static volatile uint32_t head, tail;
void irq_uart(void) {
    const uint32_t status = R(U + 0x1C);
    if (status & 1 << 5) { uint8_t b = (uint8_t)R(U + 0x24); if (!(status & 2)) ring[head++ % 1024] = b; }
    R(U + 0x20) = status & 0xF;
    if (status & 1 << 7) { if (tail != head) R(U + 0x28) = ring[tail++ % 1024]; else R(U) &= ~(1u << 7); }
    if (tail != head) R(U) |= 1u << 7;
}
int main(void) { uart_send_on(); put("banner\n"); R(U) |= 1 << 2 | 1 << 5; irq_on(IRQ_UART, 3); for (;;) wfi(); }
"""
