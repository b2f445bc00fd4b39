"""The RP2040 emulator against small firmware of its own: each case fails when that part of the model is broken."""

import json
import shutil
import struct
import subprocess
import sys

import pytest
import rp2040_firmware
from rp2040_firmware import ROOT, checksum

from orchestrator.emulator.rp2040js import install

try:
    install.install()
    WHY = ""
except install.InstallError as error:
    WHY = str(error)

pytestmark = pytest.mark.skipif(bool(WHY), reason=WHY)


@pytest.fixture
def run(tmp_path):
    """Compiles a source and runs it on the emulated board until it has nothing more to do."""

    def go(source, data=b"", *options):
        return rp2040_firmware.run(rp2040_firmware.build(tmp_path, source), tmp_path, data, *options)

    return go


HELLO = 'int main(void) { uart_on(); put("hello\\n"); }'

# --- the boot block ---


def test_the_checksum_is_the_boot_rom_s():
    assert checksum.crc32(b"123456789") == 0x0376E6E7  # CRC-32/MPEG-2's check value


def test_a_sealed_image_boots(run):
    done = run(HELLO)
    assert (done.status, done.out, done.said) == (0, b"hello\n", "")


def test_an_intel_hex_file_boots_too(tmp_path):
    elf = rp2040_firmware.build(tmp_path, HELLO)
    hex_file = tmp_path / "code.hex"
    sys.path.insert(0, str(ROOT / "platform" / "builder"))
    from elf import Elf, intel_hex

    hex_file.write_text(intel_hex(Elf(elf)))
    assert rp2040_firmware.run(hex_file, tmp_path).out == b"hello\n"


def test_the_boot_block_leaves_the_flash_s_identity_in_scratch_registers(run):
    assert run("int main(void) { uart_on(); hex(R(WDOG + 0xC)); hex(R(WDOG + 0x10)); }").words == [
        0x464D2040,
        0x00C0FFEE,
    ]


def changed(elf, offset, value):
    """Writes a word into the boot block, which is where its code's literals and its checksum are."""
    at = rp2040_firmware.checksum.elf.Elf(elf).span(".boot")[0] + offset
    image = bytearray(elf.read_bytes())
    struct.pack_into("<I", image, at, value)
    elf.write_bytes(image)


@pytest.mark.parametrize("offset", [0, 100, 248, 252])
def test_the_boot_rom_refuses_a_block_with_a_wrong_crc(tmp_path, offset):
    elf = rp2040_firmware.build(tmp_path, HELLO)
    changed(elf, offset, 0xDEADBEEF)
    done = rp2040_firmware.run(elf, tmp_path)
    assert (done.status, done.out) == (2, b"")
    assert "the boot ROM refuses this image" in done.said


@pytest.mark.parametrize(
    ("literal", "other", "names"),
    [(0x03000218, 0x0B000218, "SPI_CTRLR0"), (0x001F0300, 0x00070300, "CTRLR0"), (0x18000000, 0x18000100, "CTRLR0")],
)
def test_a_block_that_leaves_the_flash_unreadable_is_refused(tmp_path, literal, other, names):
    elf = rp2040_firmware.build(tmp_path, HELLO)
    offset, size = checksum.elf.Elf(elf).span(".boot")
    place = elf.read_bytes()[offset : offset + size].index(struct.pack("<I", literal))
    changed(elf, place, other)
    checksum.seal(elf)
    done = rp2040_firmware.run(elf, tmp_path)
    assert done.status == 2
    assert names in done.said


# --- PL011 ---


def test_the_receiver_holds_32_bytes_and_counts_what_it_lost_as_overrun(run):
    done = run(
        "int main(void) { uart_on(); spin_us(2000); hex(R(UART + 0x3C) & 0x450); uint32_t n = 0, last = 0;"
        " while (!(R(UART + 0x18) & 0x10)) { last = R(UART); n++; } hex(n); hex(last); hex(R(UART + 0x3C) & 0x50);"
        " R(UART + 0x44) = 0x400; hex(R(UART + 0x3C) & 0x400); }",
        bytes(range(1, 41)),
    )
    assert done.words == [0x450, 32, 32, 0, 0]
    assert done.counts["uart"]["in"] == 40
    assert done.counts["uart"]["overruns"] == 8


def test_the_receive_interrupts_come_at_the_level_and_at_the_timeout(run):
    """16 bytes at 10 us each, then 32 bits of silence after the last of 20."""
    done = run(
        "static volatile uint32_t seen[4], n; void irq_uart(void) { if (n < 4) { seen[n++] = R(UART + 0x40); }"
        " while (!(R(UART + 0x18) & 0x10)) (void)R(UART); }"
        "int main(void) { n = 0; uart_on(); R(UART + 0x34) = 2 << 3; R(UART + 0x38) = 0x50; irq_on(20);"
        " spin_us(3000); hex(n); hex(seen[0]); hex(seen[1]); }",
        b"x" * 20,
    )
    assert done.words == [2, 0x10, 0x40]


def test_the_transmit_interrupt_comes_for_passing_the_level_only(run):
    done = run(
        "static volatile uint32_t n; void irq_uart(void) { n++; R(UART + 0x44) = 0x20; }"
        "int main(void) { n = 0; uart_on(); R(UART + 0x34) = 0; R(UART + 0x38) = 0x20; irq_on(20);"
        ' spin_us(100); uint32_t empty = n; put("few"); spin_us(200); uint32_t few = n;'
        ' put("a whole FIFO of thirty characters"); spin_us(500); uint32_t full = n; put("\\n"); hex(empty); hex(few); hex(full); }'
    )
    assert done.words == [0, 0, 1]


def test_bytes_take_their_time(run):
    done = run(
        'int main(void) { uart_on(); uint32_t t = now(); for (int i = 0; i < 100; i++) put("0123456789"); drained();'
        ' t = now() - t; put("\\n"); hex(t > 9990 && t < 10100); }'
    )
    assert done.words == [1]


def test_a_wrong_divisor_is_not_understood(run):
    done = run('int main(void) { uart_on(); R(UART + 0x28) = 8; R(UART + 0x2C) = 0x70; put("hello\\n"); }')
    assert done.out != b"hello\n"
    assert len(done.out) == 6


# --- time, resets ---


def test_the_timer_stands_still_without_its_tick(run):
    done = run(
        "int main(void) { uart_on(); R(WDOG + 0x2C) = 0; uint32_t t = now(); for (volatile int i = 0; i < 5000; i++) {}"
        " hex(now() - t); R(WDOG + 0x2C) = 12 | 0x200; t = now(); for (volatile int i = 0; i < 5000; i++) {} hex(now() - t > 100); }"
    )
    assert done.words == [0, 1]


def test_a_block_in_reset_is_reported_and_reads_zero(run):
    done = run("int main(void) { uart_on(); R(0x4000E000u) = 1 << 21; uint32_t t = now(); hex(t); }")
    assert done.words == [0]
    assert "TIMER is used while RESETS holds it in reset" in done.said


def test_the_watchdog_counts_two_a_tick_and_says_why(run):
    """RP2040-E1: 20000 counts are 10 ms. The scratch registers outlast it; REASON tells TIMER (1) from FORCE (2)."""
    done = run(
        "int main(void) { uart_on(); uint32_t why = R(WDOG + 8), n = R(WDOG + 0x14); hex(why); hex(n); hex(R(0x40064008u));"
        " R(0x40010008u) = 0x1FFFC; drained(); if (why == 0) { R(WDOG + 0x14) = 7; R(WDOG + 4) = 20000; R(WDOG) = 1u << 30;"
        " uint32_t t = now(); for (;;) { R(WDOG + 0x14) = now() - t; } }"
        " if (why == 1) { hex(n > 9900 && n < 10001); drained(); R(WDOG) = 1u << 31; for (;;) {} } }"
    )
    assert [w for w in done.words if w < 9000 or w > 11000] == [0, 0, 0x100, 1, 0x100, 1, 2, 0x100]
    assert done.counts["resets"] == {"power": 1, "watchdog": 1, "soft": 1}


def test_a_masked_interrupt_ends_wfi_and_its_handler_waits(run):
    done = run(
        "static volatile uint32_t n; void irq_timer(void) { R(TIMER + 0x34) = 1; n++; }"
        'int main(void) { n = 0; uart_on(); R(TIMER + 0x38) = 1; irq_on(0); __asm volatile("cpsid i" ::: "memory");'
        " R(TIMER + 0x10) = now() + 100; wfi(); uint32_t masked = n; wfi(); "
        '__asm volatile("cpsie i\\n isb" ::: "memory"); hex(masked); hex(n); }'
    )
    assert done.words == [0, 1]


# --- faults ---


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("R(0) = 1;", "written to the boot ROM"),
        ("R(0x10000200u) = 1;", "written to the flash"),
        ("(void)R(0x30000000u);", "invalid memory"),
        ("R(0x30000000u) = 1;", "undefined address"),
        ('__asm volatile("udf #0");', "undefined instruction"),
    ],
)
def test_what_the_bus_refuses_is_a_hard_fault(run, act, said):
    done = run(
        'void hard(void) { put("fault\\n"); for (;;) wfi(); } int main(void) { uart_on(); ' + act + ' put("on\\n"); }'
    )
    assert done.out == b"fault\n"
    assert said in done.said


def test_a_fault_within_a_fault_is_a_lock_up_that_the_watchdog_ends(run):
    done = run(
        "void hard(void) { R(0x30000000u) = 1; for (;;) {} }"
        " int main(void) { uart_on(); hex(R(WDOG + 8)); if (R(WDOG + 8)) return 0; R(0x40010008u) = 0x1FFFC; drained();"
        " R(WDOG + 4) = 100000; R(WDOG) = 1u << 30; R(0x30000000u) = 1; }"
    )
    assert done.words == [0, 1]
    assert "locked up" in done.said


# --- what the command line asks for ---

ECHO = (
    'void irq_uart(void) { while (!(R(UART + 0x18) & 0x10)) { uint32_t d = R(UART); if (d & 0xF00) { put("!"); } else { R(UART) = d; } } }'
    "int main(void) { uart_on(); R(UART + 0x38) = 0x50; irq_on(20); for (;;) wfi(); }"
)


@pytest.mark.parametrize(
    ("spec", "echoed"),
    [
        ("", b"abcdefgh"),
        ("drop-rx=3", b"abdefgh"),
        ("flip-rx=2:0", b"accdefgh"),
        ("overrun=8", b"abcdefg"),
        ("overrun=2", b"a!defgh"),
        ("break-rx=1", b"!bcdefgh"),
        ("drop-rx=1,drop-rx=8", b"bcdefg"),
    ],
)
def test_line_faults_hit_the_byte_that_was_named(run, spec, echoed):
    done = run(ECHO, b"abcdefgh", *([f"--inject={spec}"] if spec else []))
    assert done.out == echoed


def test_an_injected_hang_lets_interrupts_run_and_ends_by_the_watchdog(run):
    done = run(
        'void irq_timer(void) { R(TIMER + 0x34) = 1; R(TIMER + 0x10) = now() + 10000; put("."); }'
        "int main(void) { uart_on(); hex(R(WDOG + 8)); if (R(WDOG + 8)) return 0; R(0x40010008u) = 0x1FFFC; R(TIMER + 0x38) = 1; irq_on(0);"
        " R(WDOG + 4) = 100000; R(WDOG) = 1u << 30; R(TIMER + 0x10) = now() + 10000; for (;;) { wfi(); R(WDOG + 4) = 100000; } }",
        b"",
        "--inject=hang-at=55",
    )
    assert done.counts["resets"] == {"power": 1, "watchdog": 1}
    assert done.out.startswith(b"00000000\n.....")
    assert done.out.endswith(b"00000001\n")
    assert 9 <= done.out.count(b".") <= 11  # 55 ms by the main loop, then 50 ms by the watchdog's period


def test_the_same_input_gives_the_same_counts(run):
    first = run(ECHO, b"abcdefgh" * 200)
    assert first.out == b"abcdefgh" * 200
    assert run(ECHO, b"abcdefgh" * 200).counts == first.counts


def test_systick_counts_what_was_asked_for(run):
    body = (
        "int main(void) { uart_on(); R(0xE000E014u) = 0xFFFFFF; R(0xE000E018u) = 0; R(0xE000E010u) = 5; uint32_t n = 100, a, b;"
        ' __asm volatile("ldr %0, [%3]\\n 1: subs %2, #1\\n bne 1b\\n ldr %1, [%3]" : "=&l"(a), "=&l"(b), "+l"(n) : "l"(0xE000E018u) : "cc");'
        " hex(a - b); }"
    )
    body = body.replace('__asm volatile("ldr', '__asm volatile(".syntax unified\\n ldr')
    (cycles,) = run(body).words
    (instructions,) = run(body, b"", "--count=instructions").words
    assert instructions == 201
    assert 300 <= cycles <= 306


@pytest.mark.parametrize(
    ("option", "advice"),
    [
        ("--count=joules", "knows cycles and instructions"),
        ("--inject=flip-rx=1:9", "flip-rx=N:BIT"),
        ("--inject=drop-rx=0", "drop-rx=N"),
        ("--baud=fast", "no number"),
        ("--nonsense=1", "unknown option"),
    ],
)
def test_what_it_cannot_do_is_refused_with_what_it_can(tmp_path, option, advice):
    done = rp2040_firmware.run(ROOT / "inv", tmp_path, b"", option)
    assert done.status == 2
    assert advice in done.said


def test_a_bare_image_is_counted_to_its_breakpoint(tmp_path):
    code = tmp_path / "code.bin"
    code.write_bytes(struct.pack("<5H", 0x200A, 0x3801, 0xD1FD, 0xBE05, 0))  # movs r0, #10; subs r0, #1; bne; bkpt #5
    command = [sys.executable, "-m", "orchestrator.emulator.rp2040js", "--bare=0x20000000", str(code)]
    told = json.loads(subprocess.run(command, capture_output=True, cwd=ROOT, check=True).stdout)
    assert (told["stopped"], told["code"], told["instructions"], told["cycles"]) == ("bkpt", 5, 21, 1 + 10 + 9 * 2 + 1)
    assert told["registers"][0] == 0
    endless = subprocess.run([*command, "--limit=5"], capture_output=True, cwd=ROOT)
    assert endless.returncode == 1


def test_node_on_path_is_what_was_found_or_the_wheel_s():
    engine = install.find()
    assert engine is not None
    assert install.node_version(engine.node) >= install.pin().node
    assert (
        shutil.which("node") is None
        or install.node_version(shutil.which("node")) < install.pin().node
        or str(engine.node) == shutil.which("node")
    )
