"""Functions called on a bare core: results, arguments, refusals, and counts that are exact."""

import shutil
import struct

import pytest

from orchestrator.emulator.unicorn import bare as module
from orchestrator.emulator.unicorn.bare import CORES, Bare, BareError, Counter, link

pytestmark = pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="needs arm-none-eabi-gcc")

C = """
#include <stdint.h>
#include <string.h>

int32_t initialised = 7;
int32_t zeroed[3];
const uint16_t constant[2] = {3, 5};

int32_t eight(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int32_t f, int32_t g, int32_t h)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}

int32_t tick(void) { return ++initialised + zeroed[1] + constant[1]; }

void copy(uint8_t *to, const uint8_t *from, uint32_t n) { memcpy(to, from, n); }

int32_t load(const int32_t *at) { return *(const volatile int32_t *)at; }

void store(int32_t *at) { *(volatile int32_t *)at = 1; }

float half(float x) { return x * 0.5f; }

int32_t halves(int32_t n) { return (int32_t)(half((float)n) * 4.0f); }

void deep(void)
{
    volatile uint8_t room[400];
    for (uint32_t i = 0; i < sizeof room; i++) {
        room[i] = (uint8_t)i;
    }
}

void trap(void) { __builtin_trap(); }
"""

# Thumb-1, so the same on every core: 3 instructions, then 4 for each turn, then 2 to return.
LOOP = """
.syntax unified
.thumb
.section .text.loop, "ax"
.global loop
.thumb_func
loop:
    movs r1, #0
    movs r2, #0
    nop
1:  adds r1, r1, r0
    adds r2, #1
    cmp r2, r0
    bne 1b
    mov r0, r1
    bx lr
"""

# As many bytes at the same address as three 16-bit instructions and a return, but 32-bit ones among them (ARMv7-M).
NARROW = ".syntax unified\n.thumb\n.section .text.f\n.global f\n.thumb_func\nf: nop\nnop\nnop\nnop\nbx lr\n"
WIDE = ".syntax unified\n.thumb\n.section .text.f\n.global f\n.thumb_func\nf: nop.w\nnop.w\nbx lr\n"

KEEP = ["eight", "tick", "copy", "load", "store", "halves", "deep", "trap", "loop", "initialised", "zeroed"]


@pytest.fixture(scope="module")
def elfs(tmp_path_factory):
    """The functions above for each core."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "functions.c").write_text(C)
    (folder / "loop.S").write_text(LOOP)
    sources = [folder / "functions.c", folder / "loop.S"]
    return {core: link(folder / f"{core}.elf", core, sources, ["-Os", "-std=c99"], KEEP) for core in CORES}


@pytest.fixture(params=CORES)
def bare(request, elfs):
    return Bare(elfs[request.param], request.param)


def test_arguments_in_registers_and_on_the_stack(bare):
    assert bare.call("eight", 1, 2, 3, 4, 5, 6, 7, 8).result == sum(n * n for n in range(1, 9))
    assert bare.call("eight", -1, 0, 0, 0, 0, 0, 0, -1).result == 2**32 - 9


def test_memory_is_set_up_as_by_start_up_code_and_kept(bare):
    assert bare.call("tick").result == 7 + 1 + 0 + 5
    bare.write(bare.address("zeroed"), struct.pack("<3i", 9, 100, 9))
    assert bare.call("tick").result == 7 + 2 + 100 + 5
    assert struct.unpack("<i", bare.read(bare.address("initialised"), 4)) == (9,)


def test_arrays_are_in_ram_without_initialised_ones_too(tmp_path):
    (tmp_path / "zero.c").write_text("int zero[2]; int f(void) { return ++zero[1]; }")
    bare = Bare(link(tmp_path / "zero.elf", "cortex-m0plus", [tmp_path / "zero.c"], ["-Os"], ["f"]), "cortex-m0plus")
    assert [bare.call("f").result, bare.call("f").result] == [1, 2]
    assert bare.address("zero") + 8 <= bare.new(4)


def test_arrays_are_aligned_and_apart(bare):
    one, two = bare.new(b"abcdefghi"), bare.new(9)
    assert one % 8 == two % 8 == 0
    assert two >= one + 9
    bare.call("copy", two, one, 9)
    assert bare.read(two, 9) == b"abcdefghi"


def test_floats(bare):
    assert bare.call("halves", 21).result == 42


@pytest.mark.parametrize("address", [0, 0x40000000, 0xE000ED00])
def test_what_is_no_memory_cannot_be_read_or_written(bare, address):
    with pytest.raises(BareError, match="load"):
        bare.call("load", address)
    with pytest.raises(BareError, match="store"):
        bare.call("store", address)


def test_constants_cannot_be_written(bare):
    with pytest.raises(BareError, match="store"):
        bare.call("store", bare.address("eight") & ~3)


def test_a_trap_is_an_error(bare):
    with pytest.raises(BareError, match="trap"):
        bare.call("trap")
    assert bare.call("tick").result == 13, "and the next call works"


def test_a_call_that_does_not_end_is_an_error(bare, monkeypatch):
    monkeypatch.setattr(module, "LIMIT", 10_000)
    with pytest.raises(BareError, match="did not return"):
        bare.call("loop", 0)  # counts to 2³²


def test_more_arrays_than_memory_is_an_error(bare):
    with pytest.raises(BareError, match="no RAM left"):
        bare.new(module.RAM_BYTES)


def test_a_name_that_is_not_there_is_an_error(bare):
    with pytest.raises(BareError, match="no nothing"):
        bare.call("nothing")


@pytest.mark.parametrize("turns", [1, 2, 1000])
def test_the_count_is_exact(bare, turns):
    called = bare.call("loop", turns)
    assert called.result == turns * turns
    assert called.instructions == 3 + 4 * turns + 2
    assert called.stack == 0
    assert bare.call("loop", turns) == called, "the same again"


def test_the_counter_in_python_counts_the_same(elfs, monkeypatch):
    calls = [("loop", 77), ("deep",), ("eight", 1, 2, 3, 4, 5, 6, 7, 8), ("halves", 5)]
    native = {core: [Bare(elf, core).call(*call) for call in calls] for core, elf in elfs.items()}
    monkeypatch.setattr(module, "Counter", lambda uc: Counter(uc, native=False))
    python = {core: [Bare(elf, core).call(*call) for call in calls] for core, elf in elfs.items()}
    assert python == native


def test_each_image_is_counted_by_its_own_code(tmp_path):
    found = []
    for name, text in (("narrow", NARROW), ("wide", WIDE)):
        (tmp_path / f"{name}.S").write_text(text)
        elf = link(tmp_path / f"{name}.elf", "cortex-m4f", [tmp_path / f"{name}.S"], [], ["f"])
        found.append(Bare(elf, "cortex-m4f"))
    assert found[0].address("f") == found[1].address("f")
    assert [bare.call("f").instructions for bare in found] == [5, 3]
    assert [bare.call("f").instructions for bare in found] == [5, 3]


def test_the_stack_that_was_written(bare):
    assert 400 <= bare.call("deep").stack <= 440
    assert bare.call("eight", 1, 2, 3, 4, 5, 6, 7, 8).stack < 40, "its own, not that of the call before"


def test_the_compiler_s_words_are_passed_on(tmp_path):
    (tmp_path / "bad.c").write_text("int f(void) { return nothing; }")
    with pytest.raises(BareError, match="nothing"):
        link(tmp_path / "bad.elf", "cortex-m0plus", [tmp_path / "bad.c"], [], ["f"])
