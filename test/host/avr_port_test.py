"""The ATmega328P's port on simavr: why it was reset, its UART at full rate, its time and its stack."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from avr_firmware import FACTS, ROOT, boot_block, boots, command, link, run

from orchestrator.stack import worst_case

MAIN = r"""
#include "port.h"
#include "rom.h"
static const ROM char NAMES[PORT_RESET_CAUSES] = {'P', 'R', 'S', 'W', 'L', 'U'};
static void put(char c) { port_uart_write((const uint8_t *)&c, 1); }
static void number(uint32_t value)
{
    char text[11];
    uint8_t at = sizeof text;
    text[--at] = ' ';
    do {
        text[--at] = (char)('0' + (char)(value % 10u));
        value /= 10u;
    } while (value != 0);
    port_uart_write((const uint8_t *)text + at, sizeof text - at);
}
/* While 600 bytes go out, nobody reads; then what came is counted and summed. */
static void deaf(void)
{
    uint32_t n = 0, sum = 0;
    uint8_t byte;
    for (uint16_t i = 0; i < 600; i++) {
        put('x');
    }
    while (port_uart_read(&byte, 1) == 1) {
        n++;
        sum += byte;
    }
    put('\n');
    number(n);
    number(sum);
    number(port_uart_faults());
    put('\n');
}
/* How often a time does not lie between the cycles before it and behind it, of 20000 times; and the last time. */
static void times(void)
{
    uint16_t wrong = 0;
    uint32_t ms = 0;
    for (uint16_t i = 0; i < 20000; i++) {
        const uint32_t before = port_cycles();
        ms = port_time_ms();
        const uint32_t behind = port_cycles();
        wrong = (uint16_t)(wrong + (before / 16000u <= ms && ms <= behind / 16000u && before < behind ? 0u : 1u));
    }
    number(wrong);
    number(ms);
    put('\n');
}
/* Ten bytes come while nothing can take them. */
static void away(void)
{
    __asm__ volatile("cli");
    for (volatile uint16_t i = 0; i < 300; i++) {
    }
    __asm__ volatile("sei");
}
static void nap(void)
{
    const uint32_t began = port_time_ms();
    port_sleep();
    number(port_time_ms() - began);
    put('\n');
}
int main(void)
{
    port_init();
    put(NAMES[port_reset_cause()]);
    put('\n');
    for (;;) {
        uint8_t c;
        if (port_uart_read(&c, 1) == 0) {
            port_watchdog_feed();
            port_sleep();
            continue;
        }
        switch (c) {
        case 'r': port_uart_flush(); port_restart(); break;
        case 'h': for (;;) {} break;
        case 'H': __asm__ volatile("cli"); for (;;) {} break;
        case 'd': deaf(); break;
        case 't': times(); break;
        case 'A': away(); break;
        case 'w': nap(); break;
        case 's': number((uint32_t)port_stack_seen()); number((uint32_t)port_stack_size()); put('\n'); break;
        case 'f': number(port_uart_faults()); put('\n'); break;
        default: put((char)c); break;
        }
    }
}
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("port")
    source = folder / "main.c"
    source.write_text(MAIN)
    return link(folder, source, "-Wno-main")


# ---- why it was reset ----

CLEAR = "clr r1\n out 0x34, r1\n"  # MCUSR
BOOTLOADERS = {
    "none": "",
    # What MCUSR was goes on in r2.
    "passes r2": f"in r24, 0x34\n mov r2, r24\n {CLEAR} jmp 0",
    # r2 holds what cannot be an MCUSR, and the page buffer at the low end of RAM was used.
    "garbage in r2": f"ldi r24, 0xA5\n mov r2, r24\n {CLEAR}"
    " ldi r26, 0\n ldi r27, 1\n1: st X+, r24\n cpi r27, 2\n brne 1b\n jmp 0",
    # After the pin's reset it waits for an upload, and leaves by the watchdog; r2 says only that.
    "leaves by the watchdog": f"in r24, 0x34\n {CLEAR} sbrs r24, 1\n rjmp 2f\n"
    " ldi r25, 0x18\n sts 0x60, r25\n ldi r25, 8\n sts 0x60, r25\n1: rjmp 1b\n2: mov r2, r24\n jmp 0",
    # The same, but it keeps the pin's flag over its own watchdog reset.
    "leaves by the watchdog and says pin": "in r24, 0x34\n cpi r24, 2\n brne 2f\n"
    f" ldi r25, 0x18\n sts 0x60, r25\n ldi r25, 8\n sts 0x60, r25\n1: rjmp 1b\n2: mov r2, r24\n {CLEAR} jmp 0",
}


@pytest.fixture(params=BOOTLOADERS)
def bootloader(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    code = BOOTLOADERS[request.param]
    return [boot_block(tmp_path, "boot", code)] if code else []


def test_power_and_restart_are_told_whatever_the_bootloader_clears(image: Path, bootloader: list[str]) -> None:
    assert boots(image, [b"r", b"r"], *bootloader) == [b"P\n", b"S\n", b"S\n"]


def test_the_watchdog_is_told(image: Path, bootloader: list[str]) -> None:
    assert boots(image, [b"h", b"r"], *bootloader) == [b"P\n", b"W\n", b"S\n"]


def test_the_pin_is_told(image: Path, bootloader: list[str]) -> None:
    assert boots(image, [b"", b"r"], "--pin-reset-at=30", *bootloader) == [b"P\n", b"R\n", b"S\n"]


@pytest.mark.parametrize(
    ("r2", "told"),
    [(0x00, b"P"), (0x01, b"P"), (0x04, b"P"), (0x02, b"R"), (0x0A, b"R"), (0x0B, b"R"), (0x08, b"W"), (0x12, b"P")],
)
def test_where_ram_was_lost_r2_tells_if_it_can_be_an_mcusr(image: Path, tmp_path: Path, r2: int, told: bytes) -> None:
    boot = boot_block(tmp_path, "boot", f"ldi r24, {r2}\n mov r2, r24\n {CLEAR} jmp 0")
    assert boots(image, [], boot) == [told + b"\n"]


def test_a_hang_with_interrupts_off_is_reset_too(image: Path) -> None:
    assert boots(image, [b"H"]) == [b"P\n", b"W\n"]


# ---- UART ----


def test_a_full_window_comes_in_while_as_much_goes_out(image: Path) -> None:
    window = FACTS["defines"]["NODE_WINDOW"] * FACTS["defines"]["NODE_LINE_BYTES"]
    data = bytes(i * 7 % 251 for i in range(window))
    done = run(image, b"d" + data)
    assert done.out == b"P\n" + b"x" * 600 + f"\n{window} {sum(data)} 0 \n".encode()
    assert done.counts["uart"]["overruns"] == 0
    assert done.counts["uart"]["wait_cycles"] < 230  # of emulated time: what uart.c promises
    assert done.counts["uart"]["in"] == window + 1


def test_what_the_ring_cannot_hold_is_counted_to_the_byte(image: Path) -> None:
    data = bytes(i * 7 % 251 for i in range(556))
    done = run(image, b"d" + data)
    assert done.out.endswith(f"\n256 {sum(data[:256])} 300 \n".encode())


def test_faults_on_the_line_are_counted_and_a_bad_byte_is_dropped(image: Path) -> None:
    done = run(image, b"abcdefgf", "--inject=break-rx=2,overrun=4,drop-rx=6,flip-rx=7:1")
    assert done.out == b"P\nacee2 \n"  # b had no stop bit, d was overrun, f was lost; g with a bit flipped is e
    assert done.counts["uart"]["overruns"] == 1


def test_the_receiver_holds_two_bytes_and_one_that_comes_in(image: Path) -> None:
    data = b"bcegijklmn"  # `f`, in the shift register, is the last that is not lost
    done = run(image, b"A" + data + b"f")
    echoed = done.out[2:-2]
    lost = done.counts["uart"]["overruns"]
    assert done.out.endswith(b"1 \n")
    assert echoed.startswith(data[: len(data) - lost])
    assert len(echoed) == len(data) - lost + 1
    assert lost >= 4


# ---- time and stack ----


def test_time_and_cycles_agree_and_do_not_drift(image: Path) -> None:
    done = run(image, b"tt")
    for line in done.out.splitlines()[1:]:
        wrong, ms = map(int, line.split())
        assert wrong == 0
    assert ms > 2000
    assert 0 <= done.counts["virtual_s"] * 1000 - ms < 270  # quiet at the end, and no more


def test_sleep_ends_with_a_byte_or_after_half_a_watchdog_period(image: Path) -> None:
    assert run(image, b"wf").out == b"P\n0 \n0 \n"
    slept = int(boots(image, [b"w"])[1])
    half_ms = FACTS["defines"]["PORT_WATCHDOG_MS"] // 2
    assert half_ms - 100 < slept <= half_ms


def test_painting_and_counting_see_the_same_stack(image: Path) -> None:
    done = run(image, b"As")
    seen, size = map(int, done.out.splitlines()[-1].split())
    assert size == FACTS["stack_bytes"] == done.counts["stack_bytes"]
    assert 0 < seen <= done.counts["stack_seen"] <= worst_case(image).total


# ---- the emulator as a command ----


def test_it_counts_cycles_and_refuses_instructions(image: Path) -> None:
    assert run(image, b"", "--count=cycles").counts["cycles"] > 0
    refused = run(image, b"", "--count=instructions")
    assert refused.status == 2
    assert "simavr counts cycles" in refused.said or "choose from" in refused.said


def test_the_same_input_gives_the_same_counts(image: Path) -> None:
    first, second = (run(image, b"d" + b"y" * 300).counts for _ in range(2))
    assert first["cycles"] == second["cycles"]
    assert first["uart"] == second["uart"]


def test_an_image_for_another_machine_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.elf"
    other.write_bytes(b"no ELF file at all")
    done = run(other, b"")
    assert done.status == 2
    assert "is no image for an AVR" in done.said


def test_without_simavr_it_says_what_to_install(image: Path, tmp_path: Path) -> None:
    """A compiler that finds no such header, and a cache of its own."""
    fake = tmp_path / "cc"
    fake.write_text("#!/bin/sh\necho 'usart.h:14: fatal error: simavr/sim_avr.h: No such file' >&2\nexit 1\n")
    fake.chmod(0o755)
    code = (
        "import sys; from pathlib import Path; from orchestrator.emulator import compiled\n"
        f"compiled.CACHE = Path({str(tmp_path)!r}); compiled.compilers = lambda: [[{str(fake)!r}]]\n"
        "from orchestrator.emulator.simavr.__main__ import main\n"
        f"sys.argv = {command(image)[2:]!r}\nsys.exit(main())"
    )
    python = [command(image)[0], "-c", code]
    done = subprocess.run(python, cwd=ROOT, env=os.environ, input=b"", capture_output=True)
    assert done.returncode == 2
    assert "install libsimavr-dev" in done.stderr.decode()


# ---- linking ----

FILL = {
    "a constant table or string is not ROM": "static const char table[] = {1, 2, 3};",
    "region `ram' overflowed by": f"static volatile char table[{2048 - FACTS['stack_bytes']}];",
    "region `flash' overflowed by": "static const __flash char table[32500] = {1};",
}


@pytest.mark.parametrize("said", FILL)
def test_what_does_not_fit_or_would_take_ram_is_not_linked(said: str, tmp_path: Path) -> None:
    source = tmp_path / "fill.c"
    read = "int main(void) { volatile int i = 1; for (;;) { if (table[i] == 7) { i = table[2]; } } }"
    source.write_text(f"{FILL[said]}\n{read}\n")
    with pytest.raises(AssertionError, match=said):
        link(tmp_path, source)
    source.write_text(f"static char table[{1000 - FACTS['stack_bytes']}];\n{read}\n")
    link(tmp_path, source)
