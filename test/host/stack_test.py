"""orchestrator/stack.py on small Thumb images of each compiler here: what is followed, to the byte, and what is refused."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fieldmouse.build import zig_environment
from orchestrator import stack
from orchestrator.stack import StackError, worst_case

LINKER_SCRIPT = """
ENTRY(reset)
SECTIONS {
  .text 0 : { KEEP(*(.vectors)) KEEP(*(.text.send*)) *(.text*) *(.rodata*) }
  .data 0x20000000 : { *(.data*) *(.bss*) *(COMMON) }
  top = 0x20001000;
  /DISCARD/ : { *(.ARM.exidx*) *(.comment) }
}
"""

COMMON = r"""
#include <stdint.h>
#define ASM(name, text) __attribute__((naked, used, noinline)) void name(void) { __asm volatile(text); }
#define DEEP "push {r4-r7, lr}\n sub sp, #380\n add sp, #380\n pop {r4-r7, pc}" /* 400 bytes */
extern uint32_t top[];
void reset(void); void tick(void); void fault(void);
__attribute__((used, section(".vectors"))) const uintptr_t vectors[] = {
    (uintptr_t)top, (uintptr_t)reset, (uintptr_t)tick, (uintptr_t)fault};
#ifndef HANDLERS
ASM(tick, "bx lr") ASM(fault, "bx lr")
#endif
"""

CALLS = """
[members]
write = ["send*"]
run = ["do_*"]
gone = ["no_such_function"]
[never]
names = ["send_never"]
[own_stack]
names = ["fault"]
"""

FLAGS = {
    ("gcc", "m4"): ["-mcpu=cortex-m4", "-mfloat-abi=soft"],
    ("gcc", "m4f"): ["-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
    ("gcc", "m0plus"): ["-mcpu=cortex-m0plus"],
    ("zig", "m4"): ["-target", "thumb-freestanding-eabi", "-mcpu=cortex_m4-vfp4d16sp"],
    ("zig", "m4f"): ["-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m4+vfp4d16sp"],
    ("zig", "m0plus"): ["-target", "thumb-freestanding-eabi", "-mcpu=cortex_m0plus"],
}
SOURCE = "lib/sample/sample.c"


def compiler(name: str, cpu: str) -> list[str]:
    """The command of a compiler for a CPU; the test that asks is skipped where it is not installed."""
    flags = [*FLAGS[name, cpu], "-std=gnu99", "-g", "-ffreestanding", "-fno-inline", "-ffunction-sections"]
    if name == "gcc":
        program = shutil.which("arm-none-eabi-gcc") or pytest.skip("arm-none-eabi-gcc is not here")
        return [program, "-mthumb", *flags, "-nostartfiles", "-Wl,--gc-sections"]
    if importlib.util.find_spec("ziglang") is None:
        pytest.skip("ziglang is not here")
    return [
        sys.executable,
        "-m",
        "ziglang",
        "cc",
        *flags,
        "-fno-sanitize=undefined",
        "-Wl,--entry=reset",
        "-Wl,--gc-sections",
    ]


class Build:
    """Compiles code into an image, in a project of its own whose calls.toml is the one above."""

    def __init__(self, folder: Path, compiler: str) -> None:
        self.folder = folder
        self.compiler = compiler
        (folder / SOURCE).parent.mkdir(parents=True)
        (folder / "link.ld").write_text(LINKER_SCRIPT)
        (folder / "calls.toml").write_text(CALLS)

    def run(self, cpu: str, *flags: str) -> None:
        command = [*compiler(self.compiler, cpu), "-O2", *flags, SOURCE]
        done = subprocess.run(command, cwd=self.folder, env=zig_environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def __call__(self, code: str, cpu: str = "m4", *flags: str, common: str = COMMON) -> Path:
        (self.folder / SOURCE).write_text(common + code)
        self.run(cpu, *flags, "-Tlink.ld", "-o", "image.elf")
        return self.folder / "image.elf"


def project(folder: Path, monkeypatch: pytest.MonkeyPatch, compiler: str) -> Build:
    monkeypatch.setattr(stack, "ROOT", folder)
    monkeypatch.setattr(stack, "CALLS", folder / "calls.toml")
    return Build(folder, compiler)


@pytest.fixture(params=["gcc", "zig"])
def build(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """For C, of which each compiler makes its own."""
    return project(tmp_path, monkeypatch, request.param)


@pytest.fixture
def assemble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """For assembly, which is the same from any compiler."""
    return project(tmp_path, monkeypatch, "gcc" if shutil.which("arm-none-eabi-gcc") else "zig")


def refusal(path: Path) -> str:
    with pytest.raises(StackError) as refused:
        worst_case(path)
    return str(refused.value)


# ---- what is followed ----


@pytest.mark.parametrize(
    ("code", "thread"),
    [
        ('ASM(reset, "push {r4, lr}\\n sub sp, #16\\n add sp, #16\\n pop {r4, pc}")', 24),
        ('ASM(reset, "push {r4, lr}\\n sub.w sp, sp, #1024\\n add.w sp, sp, #1024\\n pop {r4, pc}")', 1032),
        ('ASM(reset, "str lr, [sp, #-4]!\\n strd r4, r5, [sp, #-16]!\\n ldrd r4, r5, [sp], #16\\n ldr pc, [sp], #4")', 20),
        ('ASM(reset, "stmdb sp!, {r4-r11, lr}\\n ldmia sp!, {r4-r11, pc}")', 36),
        # Two callers of one leaf, the deeper one counts; a call after the frame was given back counts less.
        (
            'ASM(leaf, "push {r4-r7}\\n pop {r4-r7}\\n bx lr") ASM(middle, "push {r4, r5, lr}\\n bl leaf\\n pop {r4, r5, pc}")'
            ' ASM(reset, "push {lr}\\n bl leaf\\n bl middle\\n pop {pc}")',
            4 + 12 + 16,
        ),
        (
            'ASM(leaf, "push {r4, lr}\\n pop {r4, pc}")'
            ' ASM(reset, "push {r4, lr}\\n sub sp, #64\\n add sp, #64\\n bl leaf\\n pop {r4, pc}")',
            8 + 64,
        ),
        # Tail calls, plain and conditional: what was popped is no longer there.
        ('ASM(leaf, DEEP) ASM(reset, "push {r4, lr}\\n pop {r4, lr}\\n b.w leaf")', 400),
        ('ASM(leaf, DEEP) ASM(reset, "push {r4, lr}\\n cmp r0, #0\\n beq.w leaf\\n pop {r4, pc}")', 8 + 400),
        # Into the middle of another function, as libgcc's division does: only what is from there on counts.
        (
            'ASM(leaf, "push {r4-r7}\\n sub sp, #100\\n add sp, #100\\n pop {r4-r7}\\n inside: push {r0-r3}\\n add sp, #16\\n bx lr")'
            ' ASM(reset, "push {r4, lr}\\n pop {r4, lr}\\n b.w inside")',
            16,
        ),
        # Both ways of a branch, and backwards.
        (
            'ASM(reset, "push {lr}\\n cbz r0, 1f\\n push {r0-r3}\\n add sp, #16\\n 1: push {r0}\\n pop {r0}\\n cmp r0, #0\\n'
            ' bne 1b\\n pop {pc}")',
            20,
        ),
        # IT blocks: a return that need not happen, and frames given back only on the way out.
        ('ASM(reset, "cmp r0, #0\\n it eq\\n bxeq lr\\n push {r4-r7, lr}\\n pop {r4-r7, pc}")', 20),
        ('ASM(reset, "push {r4, lr}\\n it eq\\n popeq {r4, pc}\\n sub sp, #40\\n add sp, #40\\n pop {r4, pc}")', 48),
        (
            'ASM(reset, "push {r4, lr}\\n sub sp, #40\\n cmp r0, #0\\n itt eq\\n addeq sp, #40\\n popeq {r4, pc}\\n'
            ' push {r0}\\n add sp, #44\\n pop {r4, pc}")',
            52,
        ),
        ('ASM(leaf, DEEP) ASM(reset, "cmp r0, #0\\n it eq\\n beq.w leaf\\n push {r4-r7, lr}\\n pop {r4-r7, pc}")', 400),
        # A stack pointer that is aligned can lose what the alignment is worth, less the word that it is aligned to.
        (
            'ASM(reset, "push {r4, r7, lr}\\n mov r7, sp\\n sub sp, #48\\n mov r4, sp\\n bfc r4, #0, #5\\n mov sp, r4\\n'
            ' mov sp, r7\\n pop {r4, r7, pc}")',
            12 + 48 + 28,
        ),
        ('ASM(reset, "mov r0, sp\\n bic r1, r0, #7\\n mov sp, r1\\n push {r0, lr}\\n pop.w {r0, lr}\\n mov sp, r0\\n bx lr")', 8),
    ],
)  # fmt: skip
def test_frames_add_up(assemble: Build, code: str, thread: int) -> None:
    assert worst_case(assemble(code)).thread == thread


def test_floating_point_registers_count(assemble: Build) -> None:
    code = 'ASM(reset, "push {lr}\\n vpush {d8-d10}\\n vpush {s16}\\n vpop {s16}\\n vpop {d8-d10}\\n pop {pc}")'
    assert worst_case(assemble(code, "m4f")).thread == 4 + 24 + 4


def test_the_path_is_named(assemble: Build) -> None:
    code = 'ASM(leaf, DEEP) ASM(middle, "push {lr}\\n bl leaf\\n pop {pc}") ASM(reset, "push {r4, lr}\\n bl middle\\n pop {r4, pc}")'
    assert worst_case(assemble(code)).path == ("reset 8", "middle 4", "leaf 400")


CHAIN = """
volatile uint32_t sink;
int leaf(int x) { volatile int a[20]; for (int i = 0; i < 20; i++) a[i] = x + i; return a[x & 15]; }
int middle(int x) { volatile int a[50]; for (int i = 0; i < 50; i++) a[i] = leaf(x); return a[x & 31] + leaf(x + 1); }
void reset(void) {
    volatile char a[333];
    for (int i = 0; i < 333; i++) a[i] = (char)i;
    sink = (uint32_t)(middle((int)sink) + a[sink & 255]);
    sink = 2;
}
"""


@pytest.mark.parametrize("cpu", ["m4", "m0plus"])
@pytest.mark.parametrize("flag", ["-Os", "-O0", "-fno-omit-frame-pointer"])
def test_a_compiled_chain_is_what_the_compiler_says(build: Build, cpu: str, flag: str) -> None:
    found = worst_case(build(CHAIN, cpu, flag))
    frames = {name: int(depth) for name, depth in (step.split() for step in found.path)}
    assert sum(frames.values()) == found.thread
    for name, array in (("reset", 333), ("middle", 200), ("leaf", 80)):
        assert array <= frames[name] < array + 64
    if build.compiler == "gcc":  # zig leaves no .su file
        build.run(cpu, flag, "-fstack-usage", "-c", "-o", "usage.o")
        usage = re.findall(r":(\w+)\t(\d+)\tstatic", (build.folder / "usage.su").read_text())
        assert frames.items() <= {(name, int(depth)) for name, depth in usage}


SWITCH = """
ASM(deep, DEEP)
volatile uint32_t r[8];
void reset(void) {
    switch (r[0]) {
    case 0: r[1] = 5; break;
    case 1: r[2] = 77; r[3] = 1; break;
    case 2: r[r[4] & 7] = 3; break;
    case 3: r[2] ^= 9; break;
    case 4: deep(); r[1] = 2; break;
    case 5: r[5] = r[6]; break;
    case 6: r[7] += r[1]; break;
    case 7: r[2] = r[3] * r[4]; break;
    default: break;
    }
    r[0] = 1;
}
"""


@pytest.mark.parametrize("cpu", ["m4", "m0plus"])
@pytest.mark.parametrize("flag", ["-O2", "-Os"])
def test_every_case_of_a_switch_is_followed(build: Build, cpu: str, flag: str) -> None:
    stack_bytes = worst_case(build(SWITCH, cpu, flag))
    assert stack_bytes.path[-1] == "deep 400"
    assert 400 <= stack_bytes.thread <= 424


def test_a_table_of_bytes_is_followed_at_its_depth(assemble: Build) -> None:
    code = (
        'ASM(reset, "push {r4, lr}\\n cmp r0, #1\\n bhi 3f\\n tbb [pc, r0]\\n 1: .byte (2f - 1b) / 2, (3f - 1b) / 2\\n'
        ' 2: push {r0-r3}\\n add sp, #16\\n 3: pop {r4, pc}")'
    )
    assert worst_case(assemble(code)).thread == 24


# ---- interrupts ----

HANDLERS = "#define HANDLERS\n" + COMMON + 'ASM(reset, "push {r4, lr}\\n pop {r4, pc}")'


@pytest.mark.parametrize(("cpu", "frame"), [("m4", 36), ("m4f", 108)])
def test_the_deepest_interrupt_adds_its_frame(assemble: Build, cpu: str, frame: int) -> None:
    code = 'ASM(tick, "push {r4-r6, lr}\\n bl leaf\\n pop {r4-r6, pc}") ASM(leaf, "push {lr}\\n pop {pc}") ASM(fault, DEEP)'
    found = worst_case(assemble(code, cpu, common=HANDLERS))
    assert (found.thread, found.interrupt) == (8, 16 + 4 + frame), "fault has a stack of its own"
    assert found.total == found.thread + found.interrupt


# ---- pointers ----

OPS = """
typedef struct ops { void (*write)(int); void (*run)(int); void (*secret)(int); void (*gone)(int); } ops_t;
const ops_t *volatile ops;
volatile int sink;
"""
SENDS = (
    'ASM(send, "push {r4-r7, lr}\\n pop {r4-r7, pc}") ASM(send_long, DEEP) ASM(send_never, "1: push {r4}\\n b 1b")\n'
)


@pytest.mark.parametrize("call", ["ops->write(1);", "(*ops).write(1);", "ops\n        ->write(\n            1);"])
def test_a_listed_member_is_followed_to_the_deepest_that_it_can_mean(build: Build, call: str) -> None:
    found = worst_case(build(f"{OPS}{SENDS}void reset(void) {{\n    {call}\n    sink = 1;\n}}\n"))
    assert found.path[-1] == "send_long 400"
    assert 400 < found.thread <= 416


def test_a_tail_call_through_a_listed_member_is_followed(build: Build) -> None:
    found = worst_case(build(f"{OPS}{SENDS}void reset(void) {{\n    ops->write(1);\n}}\n"))
    assert found.path[-1] == "send_long 400"


@pytest.mark.parametrize(
    "body",
    [
        "ops->secret(1);\n    sink = 1;",
        "ops->secret(1); /* tail call */",
        "ops->write(1);\n    ops->secret(2);\n    ops->write(3);",
        "sink ? ops->write(1) : ops->secret(2);\n    sink = 1;",
        "void (*plain)(int) = ops->write;\n    plain(sink); /* not secret */\n    ops->write(3);",
        "ops->gone(1); /* secret: no such function in the image */\n    sink = 1;",
    ],
)
def test_an_unlisted_call_is_refused_where_it_stands(build: Build, body: str) -> None:
    head = f"{OPS}{SENDS}void reset(void) {{\n    "
    code = f"{head}{body}\n}}\n"
    line = (COMMON + head + body.split("secret")[0]).count("\n") + 1
    said = refusal(build(code))
    assert f"reset ({SOURCE}:{line})" in said
    assert "platform/calls.toml" in said


def test_a_pointer_loaded_into_the_pc_is_a_call(assemble: Build) -> None:
    assert "calls.toml" in refusal(assemble('ASM(reset, "ldr pc, [r3, #4]")'))


# ---- what cannot be told ----


@pytest.mark.parametrize("cpu", ["m4", "m0plus"])
@pytest.mark.parametrize("allocate", ["volatile char a[n];", "volatile char *a = __builtin_alloca(n);"])
def test_an_array_of_any_length_is_refused(build: Build, cpu: str, allocate: str) -> None:
    code = f"""
volatile uint32_t sink;
void use(volatile char *a) {{ sink = (uint32_t)(uintptr_t)a; }}
void grows(uint32_t n) {{
    {allocate}
    use(a);
}}
void reset(void) {{ grows(sink); sink = 1; }}
"""
    said = refusal(build(code, cpu))
    assert said.startswith(f"grows ({SOURCE}:")
    assert "cannot follow" in said


def test_recursion_is_refused_and_named(assemble: Build) -> None:
    calls = {"reset": "once", "once": "twice", "twice": "once"}
    code = " ".join(f'ASM({name}, "push {{lr}}\\n bl {to}\\n pop {{pc}}")' for name, to in calls.items())
    declared = "void once(void); void twice(void); "
    assert "recursion, whose depth cannot be told: once → twice → once" in refusal(assemble(declared + code))


def test_a_loop_that_takes_stack_is_refused(assemble: Build) -> None:
    assert "reset" in refusal(assemble('ASM(reset, "1: push {r4}\\n cmp r0, #0\\n bne 1b\\n bx lr")'))


@pytest.mark.parametrize(
    "move", ["mov sp, r0", "subs r0, r0, r1\\n mov sp, r0", "mov r0, sp\\n bl reset\\n mov sp, r0", "add sp, r1"]
)
def test_a_stack_pointer_from_nowhere_is_refused(assemble: Build, move: str) -> None:
    assert "cannot follow" in refusal(assemble(f'ASM(reset, "push {{lr}}\\n {move}\\n pop {{pc}}")'))


def test_an_image_without_a_vector_table_is_refused(assemble: Build) -> None:
    common = COMMON.replace("vectors[]", "another_table[]")
    assert "vectors" in refusal(assemble('ASM(reset, "bx lr")', common=common))


def test_an_image_for_another_machine_is_refused() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("the Python here is no ELF file")
    assert "only told for ARM and AVR" in refusal(Path(sys.executable).resolve())
