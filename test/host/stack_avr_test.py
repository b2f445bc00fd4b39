"""orchestrator/stack.py on small AVR images: what is followed, to the byte, what simavr saw of it, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from avr_firmware import link, run

from orchestrator import stack
from orchestrator.stack import StackError, worst_case

CALLS = """
[members]
write = ["send*"]
gone = ["no_such_function"]
[never]
names = ["send_never"]
[own_stack]
names = []
"""

ASSEMBLY = r"""
#define ASM(name, text) __attribute__((naked, used, noinline)) void name(void) { __asm__ volatile(text); }
#define PART(n, name, text) __attribute__((section(".init" #n))) ASM(name, text)
#define RESTORE "in r0, 0x3f\n cli\n out 0x3e, r29\n out 0x3f, r0\n out 0x3d, r28\n"
#define FRAME(take, give) "push r28\n push r29\n in r28, 0x3d\n in r29, 0x3e\n" take "\n" RESTORE give "\n" RESTORE \
    "pop r29\n pop r28\n ret"
#define DEEP FRAME("subi r28, 0x8e\n sbci r29, 1", "subi r28, 0x72\n sbci r29, 0xfe") /* 400 bytes */
__attribute__((naked, used, section(".vectors"))) void vectors(void)
{
    __asm__ volatile("jmp reset\n jmp tick\n jmp tick");
}
#ifndef TICK
ASM(tick, "reti")
#endif
"""

SENDS = """
#include <stdint.h>
typedef struct { void (*write)(int); void (*secret)(int); void (*gone)(int); } ops_t;
volatile int sink;
void send(int x) { sink = x; }
__attribute__((noinline)) void send_long(int x) { volatile char a[300]; for (int i = 0; i < 300; i++) a[i] = (char)x; sink = a[7]; }
void send_never(int x) { volatile char a[900]; a[x] = 1; sink = a[0]; }
ops_t all[] = {{send, send_never, 0}, {send_long, 0, 0}};
const ops_t *volatile ops = all;
"""


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Links a source, in a project of its own whose calls.toml is the one above."""
    monkeypatch.setattr(stack, "ROOT", tmp_path)
    monkeypatch.setattr(stack, "CALLS", tmp_path / "calls.toml")
    (tmp_path / "calls.toml").write_text(CALLS)

    def go(code: str, *flags: str, port: bool = True) -> Path:
        source = tmp_path / "sample.c"
        source.write_text(code)
        return link(tmp_path, source, f"-fdebug-prefix-map={tmp_path}=.", *flags, port=port)

    return go


@pytest.fixture
def assemble(build):
    return lambda code: build(ASSEMBLY + code, port=False)


def refusal(path: Path) -> str:
    with pytest.raises(StackError) as refused:
        worst_case(path)
    return str(refused.value)


@pytest.mark.parametrize(
    ("code", "thread"),
    [
        ('ASM(reset, "push r2\\n push r3\\n pop r3\\n pop r2\\n ret")', 2),
        ('ASM(reset, "rcall .+0\\n push r0\\n pop r0\\n pop r0\\n pop r0\\n ret")', 3),
        ('ASM(reset, FRAME("sbiw r28, 40", "adiw r28, 40"))', 42),
        ('ASM(reset, FRAME("subi r28, 0x48\\n sbc r29, r1", "subi r28, 0xb8\\n sbci r29, 0xff"))', 74),
        ("ASM(reset, DEEP)", 400),
        # Through another pair of registers, and back.
        ('ASM(reset, "in r24, 0x3d\\n in r25, 0x3e\\n movw r30, r24\\n sbiw r30, 9\\n out 0x3e, r31\\n out 0x3d, r30\\n ret")', 9),
        # A call pushes two bytes; two callers of one leaf, the deeper one counts.
        (
            'ASM(leaf, "push r2\\n pop r2\\n ret") ASM(middle, "push r2\\n push r3\\n rcall leaf\\n pop r3\\n pop r2\\n ret")'
            ' ASM(reset, "call leaf\\n call middle\\n ret")',
            2 + 2 + 2 + 1,
        ),
        # Tail calls, plain and conditional: what was popped is no longer there.
        ('ASM(leaf, DEEP) ASM(reset, "push r2\\n pop r2\\n rjmp leaf")', 400),
        ('ASM(reset, "push r2\\n tst r24\\n breq 1f\\n pop r2\\n ret\\n 1: jmp leaf") ASM(leaf, DEEP)', 401),
        # What is skipped, one word or two; both ways count.
        ('ASM(leaf, DEEP) ASM(reset, "sbrs r24, 0\\n call leaf\\n ret")', 402),
        ('ASM(reset, "cpse r24, r25\\n rjmp 1f\\n push r2\\n push r2\\n pop r2\\n pop r2\\n 1: push r2\\n pop r2\\n ret")', 2),
        # A function that runs into the next one.
        ('PART(0, reset, "push r2") PART(1, next, "push r3\\n pop r3\\n ret")', 2),
    ],
)  # fmt: skip
def test_frames_add_up(assemble, code: str, thread: int) -> None:
    assert worst_case(assemble(code)).thread == thread


def test_the_deepest_interrupt_adds_its_return_address(build) -> None:
    code = (
        "#define TICK\n" + ASSEMBLY + 'ASM(reset, "push r2\\n pop r2\\n ret") ASM(leaf, "push r2\\n pop r2\\n ret")'
        ' ASM(tick, "push r0\\n push r1\\n rcall leaf\\n pop r1\\n pop r0\\n reti")'
    )
    found = worst_case(build(code, port=False))
    assert (found.thread, found.interrupt) == (1, 2 + 2 + 2 + 1)
    assert found.total == found.thread + found.interrupt


CHAIN = """
#include "port.h"
volatile int sink;
#define FILL(bytes) volatile char a[bytes]; for (int i = 0; i < bytes; i++) a[i] = (char)(x + i)
__attribute__((noinline)) int leaf(int x) { FILL(30); return a[x & 15]; }
__attribute__((noinline)) int middle(int x) { FILL(70); return a[x & 31] + leaf(x) + leaf(x + 1); }
__attribute__((noinline)) void top(int x) { FILL(120); sink = middle(x) + a[x & 63]; }
int main(void) { port_init(); top(sink); for (;;) { port_watchdog_feed(); port_sleep(); } }
"""


@pytest.mark.parametrize("flag", ["-Os", "-O0", "-O2"])
def test_a_compiled_chain_takes_what_simavr_sees(build, flag: str) -> None:
    image = build(CHAIN, flag)
    found = worst_case(image)
    assert [step.split()[0] for step in found.path][-3:] == ["top", "middle", "leaf"]
    seen = run(image, b"").counts["stack_seen"]
    assert found.thread <= seen <= found.total, "every byte of the chain is written; an interrupt may come on top"


SWITCH = r"""
#include "port.h"
volatile uint8_t r[8];
__attribute__((noinline)) void deep(void) { volatile char a[200]; for (int i = 0; i < 200; i++) a[i] = 1; r[7] = (uint8_t)a[3]; }
int main(void)
{
    port_init();
    for (;;) {
        switch (r[0]) {
        case 0: r[1] = 5; break;
        case 1: r[2] = 77; r[3] = 1; break;
        case 2: r[r[4] & 7] = 3; break;
        case 3: r[2] ^= 9; break;
        case 4: deep(); r[1] = 2; break;
        case 5: r[5] = r[6]; break;
        case 6: r[7]++; break;
        case 7: r[2] = (uint8_t)(r[3] * r[4]); break;
        case 8: r[3] = 8; break;
        case 9: r[4] = 8; break;
        default: break;
        }
    }
}
"""


def test_every_case_of_a_switch_is_followed(build) -> None:
    image = build(SWITCH, "-O2")
    assert b"__tablejump2__" in image.read_bytes()
    found = worst_case(image)
    assert found.path[-1].split()[0] == "deep"
    assert 200 <= found.thread <= 230


MAIN = "int main(void)\n{\n    %s\n    for (;;) {\n        sink = 1;\n    }\n}\n"


@pytest.mark.parametrize("call", ["ops->write(1);", "(*ops).write(1);", "ops\n        ->write(\n            1);"])
def test_a_listed_member_is_followed_to_the_deepest_that_it_can_mean(build, call: str) -> None:
    found = worst_case(build(SENDS + MAIN % call))
    assert found.path[-1].split()[0] == "send_long"
    assert found.thread == worst_case(build(SENDS + MAIN % "ops = 0;\n    send_long(1);")).thread


def test_a_tail_call_through_a_listed_member_is_followed(build) -> None:
    code = SENDS + "__attribute__((noinline)) void tell(void) { ops->write(1); }\n" + MAIN % "tell();"
    found = worst_case(build(code))
    assert found.path[-1].split()[0] == "send_long"


@pytest.mark.parametrize("call", ["ops->secret(1);", "ops->gone(1); /* secret: no such function in the image */"])
def test_an_unlisted_call_is_refused_where_it_stands(build, call: str) -> None:
    said = refusal(build(SENDS + MAIN % call))
    assert (
        f"main (./sample.c:{SENDS.count(chr(10)) + 3})" in said or f"main (sample.c:{SENDS.count(chr(10)) + 3})" in said
    )
    assert "platform/calls.toml" in said


# ---- what cannot be told ----


def test_recursion_is_refused_and_named(assemble) -> None:
    code = 'ASM(reset, "rcall once") ASM(once, "rcall twice\\n ret") ASM(twice, "rcall once\\n ret")'
    assert "recursion, whose depth cannot be told: once → twice → once" in refusal(assemble(code))


def test_an_array_of_any_length_is_refused(build) -> None:
    code = SENDS + (
        "__attribute__((noinline)) void use(volatile char *a) { sink = a[0]; }\n"
        "__attribute__((noinline)) void grows(int n) { volatile char a[n]; use(a); }\n" + MAIN % "grows(sink);"
    )
    said = refusal(build(code))
    assert said.startswith("grows (")
    assert "cannot follow" in said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('ASM(reset, "1: push r2\\n tst r24\\n brne 1b\\n ret")', "a loop that takes stack"),
        ('ASM(reset, "out 0x3e, r29\\n out 0x3d, r28\\n ret")', "a stack pointer from nowhere"),
        ('ASM(reset, "push r2\\n ldi r28, 9\\n ldi r29, 9\\n out 0x3e, r29\\n out 0x3d, r28\\n ret")', "from a constant"),
        ('ASM(reset, "in r24, 0x3d\\n in r25, 0x3e\\n call tick\\n out 0x3d, r24\\n ret")', "a stack pointer from nowhere"),
        ('ASM(reset, "in r28, 0x3d\\n in r29, 0x3e\\n add r28, r24\\n out 0x3d, r28\\n ret")', "a stack pointer from nowhere"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused(assemble, code: str, said: str) -> None:
    assert said in refusal(assemble(code))


def test_shared_prologues_are_refused(build) -> None:
    said = refusal(build(CHAIN, "-mcall-prologues", "-O1"))
    assert "-mcall-prologues" in said


def test_an_image_without_a_vector_table_is_refused(build) -> None:
    code = ASSEMBLY.replace("void vectors(void)", "void another(void)") + 'ASM(reset, "ret")'
    assert "vectors" in refusal(build(code, "-Wl,--entry=another", port=False))
