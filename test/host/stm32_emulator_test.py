"""The STM32 emulators against small firmware of its own: each case fails when that part of the model is broken."""

import emulator_firmware
import pytest
from emulator_firmware import REPORT_FAULTS
from stm32_firmware import CHIPS, ECHO, ECHO_BY_INTERRUPT, common


@pytest.fixture(scope="session", params=CHIPS)
def board(request):
    return request.param


@pytest.fixture(scope="session")
def firmware(board, tmp_path_factory):
    """Compiles a source for the board."""
    return emulator_firmware.Firmware(tmp_path_factory.mktemp(board), CHIPS[board].target).build


@pytest.fixture
def run(board, firmware, tmp_path):
    """Compiles a source and runs it on the emulated board until it has nothing more to do."""

    def go(source, data=b"", *options, faults=""):
        return emulator_firmware.run(firmware(source, common(board) + faults), tmp_path, data, options, board)

    return go


on_l476 = pytest.mark.parametrize("board", ["stm32l476"], indirect=True)  # for registers that only it has


# --- USART and DMA ---


@pytest.mark.parametrize("source", [ECHO, ECHO_BY_INTERRUPT], ids=["dma", "interrupts"])
def test_echo_at_full_rate_loses_nothing(run, source):
    data = bytes(i * 7 % 251 for i in range(3000))
    done = run(source, data)
    assert done.out == b"banner\n" + data
    assert done.counts["uart"] == {"in": 3000, "out": 3007, "overruns": 0, "lost_while_off": 0}
    assert done.counts["virtual_s"] > 3000 * 10e-6  # a byte takes its ten bits at 1 Mbaud
    assert done.said == ""


@pytest.mark.parametrize("source", [ECHO, ECHO_BY_INTERRUPT], ids=["dma", "interrupts"])
@pytest.mark.parametrize(
    ("spec", "echoed"),
    [
        ("drop-rx=3", b"abdefgh"),
        ("flip-rx=2:0", b"accdefgh"),
        ("overrun=8", b"abcdefg"),
        ("break-rx=1", b"bcdefgh"),  # without its stop bit a byte is not stored by DMA (RM0351, 40.8.3: DDRE)
        ("drop-rx=1,drop-rx=8", b"bcdefg"),
    ],
)
def test_line_faults_hit_the_byte_that_was_named(run, source, spec, echoed):
    assert run(source, b"abcdefgh", "--inject", spec).out == b"banner\n" + echoed


def test_an_overrun_keeps_the_byte_before_and_ends_when_it_is_cleared(run):
    done = run(
        r"""int main(void) { uart_on(); pause(1000000); const uint32_t s = R(U + 0x1C); hex(s & 0x2F); hex(R(U + 0x24));
        hex(R(U + 0x1C) & 0x2F); R(U + 0x20) = 8; hex(R(U + 0x1C) & 0x2F); wait(U + 0x1C, 1 << 5, 1 << 5); hex(R(U + 0x24)); }""",
        bytes(range(1, 9)) + bytes(8000),
    )
    assert done.words[:4] == [0x28, 1, 8, 0]
    assert done.counts["uart"]["overruns"] > 100


def test_a_framing_error_interrupts_by_eie_and_is_cleared_by_icr(run):
    done = run(
        r"""static volatile uint32_t seen; static uint8_t b[8];
        void irq_uart(void) { seen = R(U + 0x1C) & 0xF; R(U + 0x20) = 2; }
        int main(void) { uart_on(); R(U + 8) = 1 | 1 << 6; rx_on(b, 8, ONCE); irq_on(IRQ_UART, 1);
        while (!seen) {} hex(seen); hex(R(U + 0x1C) & 0xF); pause(4000); hex(RX_COUNT); }""",
        b"abc",
        "--inject",
        "break-rx=2",
    )
    assert done.words == [2, 0, 6]


def test_idle_comes_once_after_what_came(run):
    done = run(
        r"""static uint8_t b[64];
        int main(void) { uart_on(); R(U + 8) = 1 << 6; rx_on(b, 64, ONCE); wait(U + 0x1C, 1 << 4, 1 << 4); hex(64 - RX_COUNT);
        R(U + 0x20) = 1 << 4; pause(40000); hex(R(U + 0x1C) & 1 << 4); }""",
        b"x" * 37,
    )
    assert done.words == [37, 0]


def test_dma_counts_down_and_flags_its_half_and_its_end(run):
    done = run(
        r"""static uint8_t b[16];
        int main(void) { uart_on(); R(U + 8) = 1 << 6; rx_on(b, 16, ONCE);
        uint32_t f[3]; while (RX_COUNT > 9) {} f[0] = RX_FLAGS; while (RX_COUNT > 8) {} f[1] = RX_FLAGS; while (RX_COUNT) {}
        hex(f[0]); hex(f[1]); hex(RX_FLAGS);
        RX_CLEAR(); hex(RX_FLAGS); hex(b[0]); hex(b[15]); pause(8000); hex(R(U + 0x1C) >> 5 & 1); }""",
        bytes(range(17)),
    )
    assert done.words == [0, 2, 3, 0, 0, 15, 1]  # the seventeenth stays in RDR


def test_circular_dma_starts_over(run):
    done = run(
        r"""static uint8_t b[16];
        int main(void) { uart_on(); R(U + 8) = 1 << 6; rx_on(b, 16, CIRCULAR); while (!(RX_FLAGS & 1)) {}
        while (RX_COUNT != 12) {} for (int i = 0; i < 6; i++) hex(b[i]); }""",
        bytes(range(20)),
    )
    assert done.words == [16, 17, 18, 19, 4, 5]


def test_sent_bytes_are_read_when_their_time_comes(run):
    """DMA fills TDR as it empties: its end is two bytes before the end of the line's."""
    done = run(r"""static char b[] = "0123456789";
        int main(void) { uart_on(); irq_on(IRQ_TX, 1); R(U + 8) = 1 << 7; tx_on(b, 10); b[0] = 'a'; b[9] = 'z';
        while (!(R(U + 0x1C) & 1 << 6)) {} put("\n"); }
        void irq_tx(void) { TX_CLEAR(); b[8] = b[9] = '!'; }""")
    assert done.out == b"012345678z\n"


# --- what hardware passes over in silence ---

WRONG = [
    ("R(U + 0x1FC);", "read of USART{n}+0x1FC, a register that this emulator does not have"),
    ("R(U + 8) = 1 << 6; rx_on((void *)0x60000000, 8, ONCE);", "0x60000000, 8 bytes, is in no memory that it reaches"),
    ("rx_on(vectors + 40, 8, ONCE); RX_COUNT = 3;", "is enabled"),
    ("rx_on(vectors, 8, ONCE & ~0x480u);", "a UART takes bytes"),
    ("R(IWDG + 4) = 3;", "IWDG+0x004 without the key"),
    ("IWDG_KEY(0x5555); R(IWDG + 8) = 3; R(IWDG + 8) = 4;", "while SR says that the last one has not arrived"),
    ("R(U) &= ~8u; R(U + 0x28) = 1;", "whose transmitter is off"),
    ("R(U + 0x28) = 1; R(U + 0x28) = 2; R(U + 0x28) = 3;", "while its TDR was full"),
    ("R(U + 0xC) = BRR_1M + 5; put(\"x\");", "but the other end at 1000000"),
    ("R(T) = 0x10;", "only count up"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text"), WRONG)
def test_a_mistake_is_told(run, code, text):
    done = run("int main(void) { uart_on(); " + code + " }")
    assert text.replace("USART{n}", "") in done.said.replace("USART2", "").replace("USART3", "")
    assert done.said.count("\n") == 1


@pytest.mark.parametrize(
    ("board", "code", "text"), [(b, *row) for b in CHIPS for row in CHIPS[b].wrong], indirect=["board"]
)
def test_a_mistake_with_a_chip_s_clocks_and_pins_is_told(run, code, text):
    done = run("int main(void) { uart_on(); " + code + " }")
    assert text in done.said
    assert done.said.count("\n") == 1


@on_l476
def test_a_peripheral_without_its_clock_keeps_nothing(run):
    body = "int main(void) { uart_on(); R(0x40021058u) &= ~2u; R(T + 0x28) = 7; R(0x40021058u) |= 2; hex(R(T + 0x28)); R(T + 0x28) = 7; hex(R(T + 0x28)); }"
    assert run(body).words == [0, 7]


@on_l476
def test_input_waits_for_a_pin_that_is_connected(run):
    body = r"""int main(void) { uart_on(); R(0x48000020u) = 0x0700; pause(200000); hex(R(U + 0x1C) & 0x20); R(0x48000020u) = 0x7700;
        wait(U + 0x1C, 1 << 5, 1 << 5); hex(R(U + 0x24)); }"""
    done = run(body, b"A")
    assert done.words == [0, ord("A")]
    assert "USART2_RX is not connected: PA3 has alternate function 0" in done.said


def test_nothing_is_where_nothing_is(run):
    done = run("int main(void) { uart_on(); R(0x40001400u) = 1; }", faults=REPORT_FAULTS)
    assert done.words[:3] == [0x8200, 1 << 30, 0x40001400]
    assert "write to 0x40001400, where nothing is" in done.said


# --- clocks, time ---


@on_l476
def test_ready_flags_take_their_time_and_the_switch_follows(run):
    body = r"""int main(void) { uint32_t early, turns = 0;
        R(0x40021000u) |= 1u << 8; early = R(0x40021000u) >> 10 & 1; while (!(R(0x40021000u) >> 10 & 1)) turns++;
        uart_on(); hex(early); hex(turns > 10); hex(R(0x40021008u)); R(0x40021000u) &= ~(1u << 24); hex(R(0x40021000u) >> 25 & 1); }"""
    assert run(body).words == [0, 1, 0xF, 0]


TIMER = r"""
static volatile uint32_t flags[8], at[8], n;
void irq_timer(void) { flags[n & 7] = R(T + 0x10) & 3; at[n++ & 7] = R(0xE0001004u); R(T + 0x10) = 0; }
int main(void) {
    uart_on(); R(0xE000EDFCu) = 1u << 24; R(0xE0001004u) = 0; R(0xE0001000u) |= 1; irq_on(IRQ_TIMER, 2);
    R(T + 0x28) = TIMER_HZ / 1000000 - 1; R(T + 0x2C) = 999; R(T) = 4; R(T + 0x14) = 1; hex(R(T + 0x10)); R(T + 0x34) = 250; R(T + 0xC) = 3; R(T) = 5;
    while (n < 4) {}
    R(T) = 4; for (int i = 0; i < 4; i++) hex(flags[i]); for (int i = 0; i < 3; i++) hex(at[i + 1] - at[i]);
    R(T + 0x24) = 77; hex(R(T + 0x24)); R(T + 0x28) = 1; hex(R(T + 0x28)); R(T) = 5; pause(800); R(T) = 4; hex(R(T + 0x24) < 200);
}
"""


def test_a_timer_counts_compares_and_overflows(run, board):
    words = run(TIMER).words
    mhz = CHIPS[board].cpu_mhz
    assert words[:5] == [0, 2, 1, 2, 1]
    assert all(abs(seen - ticks * mhz) < mhz for seen, ticks in zip(words[5:8], (750, 250, 750), strict=True))
    assert words[8:] == [77, 1, 1]  # a new prescaler waits for the next update


# --- resets ---

RESETS = r"""int main(void) { const uint32_t why = R(RSR); uart_on(); hex(why); %s }"""

WATCHDOG = r"""
int main(void) {
    const uint32_t why = R(RSR); uart_on(); put("\n"); hex(why >> WATCHDOG & 1);
    if (why >> WATCHDOG & 1) return 0;
    IWDG_KEY(0xCCCC); IWDG_KEY(0x5555); R(IWDG + 4) = 2; R(IWDG + 8) = 99; /* 100 counts of LSI / 16: 50 ms */
    while (R(IWDG + 12)) {}
    IWDG_KEY(0xAAAA);
    R(T + 0x28) = TIMER_HZ / 10000 - 1; R(T + 0x14) = 1; R(T) = 1;
    while (R(T + 0x24) < 400) {}
    IWDG_KEY(0xAAAA); put("fed\n");
    for (uint32_t ms = 0;;) if (R(T + 0x24) / 10 != ms) { ms = R(T + 0x24) / 10; put("."); }
}
"""


def test_the_watchdog_resets_in_its_period_and_the_flags_tell(run):
    done = run(WATCHDOG)
    assert done.counts["resets"] == {"power": 1, "watchdog": 1}
    assert done.words == [0, 1]
    assert 49 <= done.out.split(b"fed\n")[1].count(b".") <= 51


def test_reset_flags_collect_until_they_are_cleared(run, board):
    power, soft = CHIPS[board].flags
    body = "if (!(why >> SOFT & 1)) { R(0xE000ED0Cu) = 0x05FA0004; for (;;) {} } R(RSR) |= RMVF; hex(R(RSR) >> 16 & ~(RMVF >> 16));"
    assert run(RESETS % body).words == [power, power | soft, 0]


def test_a_lockup_lasts_until_the_watchdog(run):
    body = r"""void hard(void) { R(0x40001400u); }
    int main(void) { uart_on(); if (!(R(RSR) >> WATCHDOG & 1)) { IWDG_KEY(0xCCCC); R(0x40001400u); } put("alive"); }"""
    done = run(body, b"x")
    assert done.out == b"alive"
    assert done.counts["resets"] == {"power": 1, "watchdog": 1}
    assert "locks up" in done.said


@on_l476
def test_flash_is_also_at_0_and_the_chip_tells_itself(run):
    body = "int main(void) { uart_on(); hex(R(0xE000ED08u)); hex(*(volatile uint32_t *)0x4u == R(0x08000004u)); hex(R(0x1FFF75E0u) & 0xFFFF); hex(R(0xE000ED00u)); }"
    assert run(body).words == [0, 1, 1024, 0x410FC241]


@on_l476
def test_leds_are_pins_that_are_driven(run):
    body = "int main(void) { uart_on(); R(0x48000000u) &= ~(2u << 10); R(0x48000018u) = 1u << 5; hex(R(0x48000010u) >> 5 & 1); R(0x48000018u) = 1u << 21; hex(R(0x48000010u) >> 5 & 1); hex(R(0x48000014u)); }"
    assert run(body).words == [1, 0, 0]
