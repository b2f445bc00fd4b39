"""The ARMv6-M core of the emulator against small firmware of its own: what a Cortex-M0+ does in other ways than a Cortex-M4."""

import subprocess

import emulator_firmware
import pytest
from emulator_firmware import ROOT
from emulator_m0_firmware import COMMON, FAULTS, PY32F003


@pytest.fixture(scope="session")
def firmware(tmp_path_factory):
    """Compiles a source."""
    return emulator_firmware.Firmware(tmp_path_factory.mktemp("firmware"), PY32F003).build


@pytest.fixture
def run(firmware, tmp_path):
    """Compiles a source and runs it on the emulated board until it has nothing more to do."""

    def go(source, data=b"", *options, common=COMMON):
        return emulator_firmware.run(firmware(source, common), tmp_path, data, options, PY32F003.board)

    return go


# --- faults ---


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ('__asm volatile("ldr r0, =0x20000402\\n ldr r0, [r0]" ::: "r0");', "unaligned access"),
        ('__asm volatile("ldr r0, =0x20000401\\n strh r0, [r0]" ::: "r0", "memory");', "unaligned access"),
        ('__asm volatile("ldr r0, =0x20000401\\n ldmia r0!, {r1}" ::: "r0", "r1");', "unaligned access"),
        ('__asm volatile("ldr r0, =0x40021002\\n ldr r0, [r0]" ::: "r0");', "unaligned access"),
        ('__asm volatile(".inst.w 0xfb90f0f1");', "undefined instruction"),  # SDIV
        ('__asm volatile(".inst.w 0xf2400000");', "undefined instruction"),  # MOVW
        ('__asm volatile("movs r0, #0\\n .inst.n 0xb100" ::: "r0");', "undefined instruction"),  # CBZ
        ('__asm volatile("cmp r0, r0\\n .inst.n 0xbf08\\n nop" ::: "cc");', "undefined instruction"),  # IT EQ
        ("((void (*)(void))0x20000100)();", "jump to an address without the Thumb bit"),
        ("R(0x40000000u);", "read of 0x40000000, where nothing is"),
        ("R(0x08001000u) = 1;", "write to 0x08001000, which is read-only memory"),
        ("R(0x20001000u);", "read of 0x20001000, where nothing is"),
        ("*(volatile uint8_t *)0xE000E414u = 0x40;", "8-bit write of 0xE000E414: words only"),
        ("*(volatile uint16_t *)0xE000ED22u;", "16-bit read of 0xE000ED22: words only"),
        ('__asm volatile("bkpt #0");', "a breakpoint with no debugger"),
        ('__asm volatile("cpsid i\\n svc #0");', "SVC where its priority does not allow it"),
    ],
)
def test_every_fault_is_a_hard_fault_with_its_pc(run, code, text):
    done = run("int main(void) { uart_on(); " + code + " }", common=FAULTS)
    assert text in done.said
    assert done.out.startswith(b"fault\n")
    assert f"PC 0x{done.words[0]:08X}" in done.said


def test_no_handler_of_its_own_can_be_had_by_another_fault(run):
    body = "int main(void) { uart_on(); R(0xE000ED24u) = 7u << 16; R(0x20001000u); }"
    done = run(body, common=FAULTS)
    assert done.out.startswith(b"fault\n")
    assert "the vector of exception" not in done.said  # that of BusFault, which is empty, was not looked at


def test_a_fault_within_a_fault_locks_up_until_the_watchdog_ends_it(run):
    done = run(r"""
    void hard(void) { R(0x20001000u) = 1; }
    int main(void) { uart_on();
        const uint32_t why = R(RCC + 0x60); R(RCC + 0x60) |= 1u << 23; hex(why >> 29 & 1);
        if (why >> 29 & 1) return 0;
        R(IWDG) = 0xCCCC; R(IWDG) = 0x5555; R(IWDG + 4) = 0; R(IWDG + 8) = 81; while (R(IWDG + 12)) {} R(IWDG) = 0xAAAA;
        R(0x20001000u);
    }""")
    assert done.words == [0, 1]
    assert "the CPU locks up" in done.said
    assert done.counts["resets"] == {"power": 1, "watchdog": 1}


# --- registers ---


def test_the_core_identifies_itself_and_has_no_more_registers_than_it_should(run):
    done = run(r"""
    int main(void) { uart_on();
        hex(R(0xE000ED00u));
        R(0xE000ED14u) = 0; hex(R(0xE000ED14u));
        R(0xE000ED0Cu) = 0x05FA0700; hex(R(0xE000ED0Cu) & 0xFFFF);
        R(0xE000E404u) = 0xFFFFFFFF; hex(R(0xE000E404u));
        R(0xE000ED08u) = 0xFFFFFFFF; hex(R(0xE000ED08u)); R(0xE000ED08u) = 0;
        hex(R(0xE000ED28u)); hex(R(0xE000E420u)); hex(R(0xE0001004u));
    }""")
    assert done.words == [0x410CC601, 0x208, 0, 0xC0C0C0C0, 0xFFFFFF00, 0, 0, 0]
    assert "read of 0xE000ED28, a register that this core does not have" in done.said


PRIORITIES = r"""
static char log_text[32]; static uint32_t at;
static void note(char c) { log_text[at++] = c; }
void irq_a(void) { note('a'); pend(21); note('A'); }
void irq_b(void) { note('b'); pend(22); note('B'); }
void irq_c(void) { note('c'); }
void svc(void) { note('s'); R(0xE000ED04u) = 1u << 28; note('S'); }
void pendsv(void) { note('p'); }
int main(void) { uart_on();
    irq_on(20, 2); irq_on(21, 1); irq_on(22, 2);
    pend(20); note(' ');                                                  /* b preempts a; c waits for a's end */
    __asm volatile("cpsid i" ::: "memory"); pend(22); note('m'); __asm volatile("cpsie i" ::: "memory"); note(' ');
    R(0xE000ED20u) = 0x00C00000; __asm volatile("svc #0" ::: "memory"); note('.');
    put(log_text); put("\n");
}
"""


def test_exceptions_come_in_order_of_priority(run):
    assert run(PRIORITIES).out == b"abBAc mc sSp.\n"


def test_the_vector_table_can_move(run):
    done = run(r"""
    static uintptr_t moved[48] __attribute__((aligned(256)));
    static void there(void) { put("moved\n"); }
    int main(void) { uart_on();
        for (int i = 0; i < 48; i++) moved[i] = vectors[i];
        moved[16 + 20] = V(there); R(0xE000ED08u) = V(moved); irq_on(20, 0); pend(20);
    }""")
    assert done.out == b"moved\n"


def test_systick_goes_on_in_sleep(run):
    done = run(r"""
    static volatile uint32_t ticks; void systick(void) { ticks++; }
    int main(void) { uart_on();
        R(0xE000E014u) = 23999; R(0xE000E018u) = 0; R(0xE000E010u) = 7;
        while (ticks < 100) wfi();
        R(0xE000E010u) = 0; hex(ticks);
    }""")
    assert done.words == [100]
    assert 0.1 <= done.counts["virtual_s"] < 0.2
    assert done.counts["asleep"] > 0.9


# --- what this chip has of its own ---

# Both times four bytes; DMA has given the last of them to the USART while another is still on the line.
SENT_BY_DMA = r"""
int main(void) { uart_on(); put("x"); uint32_t told[2];
    R(RCC + 0x38) |= 1; R(RCC + 0x40) |= 1; R(0x4001001Cu) = 5u << 8; R(U + 0x14) = 1u << 7;
    for (uint32_t clear = 0; clear < 2; clear++) {
        R(0x4002001Cu) = 0; R(0x40020004u) = 0xEu << 4; R(0x40020024u) = U + 4; R(0x40020028u) = V("abcd"); R(0x40020020u) = 4;
        if (clear) R(U) = 0x20;
        R(0x4002001Cu) = 0x91; while (!(R(0x40020000u) & 0x20)) {}
        told[clear] = R(U) >> 6 & 1;
        for (uint32_t loops = 2000; loops--;) __asm volatile("nop");
    }
    put("\n"); hex(told[0]); hex(told[1]);
}
"""


def test_dma_leaves_the_older_usart_s_tc_as_it_was(run):
    done = run(SENT_BY_DMA)
    assert done.out.startswith(b"xabcdabcd\n")
    assert done.words == [1, 0]


def test_an_untrimmed_lsi_is_told(run):
    done = run("int main(void) { uart_on(); R(RCC + 4) &= ~(0x1FFu << 16); R(U + 0xC) = 0; R(U + 0xC) = 1u << 13; }")
    assert "LSI is 31457 Hz, not 32768" in done.said


# --- cycles ---

# A block is counted when it begins, so what is measured stands between branches.
LOOP = r"""
int main(void) { uart_on();
    R(0xE000E014u) = 0xFFFFFF; R(0xE000E018u) = 0; R(0xE000E010u) = 5;
    for (uint32_t n = 500; n <= 1500; n += 1000) {
        uint32_t a, b, k = n;
        __asm volatile("b 3f\n 3: ldr %0, [%3]\n b 1f\n 1: subs %2, #1\n bne 1b\n ldr %1, [%3]\n b 4f\n 4:" : "=&l"(a), "=&l"(b), "+l"(k) : "l"(0xE000E018u) : "cc");
        hex((a - b) & 0xFFFFFF);
    }
}
"""


@pytest.mark.parametrize(("count", "each"), [("instructions", 2), ("cycles", 3)])
def test_time_goes_by_what_is_counted(run, count, each):
    done, slow = (run(LOOP, b"", f"--count={count}", *options) for options in ((), ("--slow",)))
    assert done.words[1] - done.words[0] == 1000 * each
    assert done.words == slow.words
    assert done.counts == slow.counts
    assert ("cycles" in done.counts) == (count == "cycles")


BARE = r"""
__attribute__((naked, used)) void start(void) {
    __asm volatile("ldr r0, =1000\n 1: subs r0, #1\n bne 1b\n movs r1, #7\n muls r1, r1, r1\n cmp r1, #49\n bne 2f\n"
        " push {r1, r2}\n pop {r3, r4}\n bl 3f\n 2: wfi\n b 2b\n 3: bx lr");
}
__attribute__((section(".vectors"), used)) const void *vectors[16] = {(void *)0x20001000, (void *)start};
"""


@pytest.mark.parametrize("options", [(), ("--slow",)])
def test_both_are_counted_exactly(run, options):
    counts = run(BARE, b"", "--count=cycles", *options, common="").counts
    assert counts["instructions"] == 1 + 2000 + 4 + 2 + 2 + 1
    assert counts["cycles"] == 2 + (1000 + 999 * 2 + 1) + 4 + 6 + (3 + 2) + 2


def test_an_exception_has_its_cycles(run):
    body = r"""
    __attribute__((naked)) void irq_a(void) { __asm volatile("bx lr"); }
    int main(void) { uart_on();
        irq_on(20, 0); R(0xE000E014u) = 0xFFFFFF; R(0xE000E018u) = 0; R(0xE000E010u) = 5;
        for (uint32_t bit = 0; bit <= 1u << 20; bit += 1u << 20) {
            uint32_t a, b;
            __asm volatile("b 3f\n 3: ldr %0, [%2]\n str %3, [%4]\n b 1f\n 1: nop\n b 2f\n 2: ldr %1, [%2]\n b 4f\n 4:" : "=&l"(a), "=&l"(b)
                : "l"(0xE000E018u), "l"(bit), "l"(0xE000E200u) : "memory");
            hex((a - b) & 0xFFFFFF);
        }
    }"""
    without, with_one = run(body, b"", "--count=cycles").words
    assert with_one - without == 15 + 2 + 9  # entry, BX LR, return


def test_cycles_of_a_core_whose_table_is_not_known_are_refused(tmp_path):
    elf = emulator_firmware.Firmware(tmp_path).build("int main(void) { return 0; }")
    line = emulator_firmware.command(elf, "--count=cycles")
    result = subprocess.run(line, capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 2
    assert "--count=instructions only" in result.stderr
