"""The nRF52840 emulator against small firmware of its own: each case fails when that part of the model is broken."""

import subprocess

import emulator_firmware
import pytest
from emulator_firmware import COMMON, ECHO, FAULTS, ROOT


@pytest.fixture(scope="session")
def firmware(tmp_path_factory):
    """Compiles a source."""
    return emulator_firmware.Firmware(tmp_path_factory.mktemp("firmware")).build


@pytest.fixture
def run(firmware, tmp_path):
    """Compiles a source and runs it on the emulated board until it has nothing more to do."""

    def go(source, data=b"", *options, common=COMMON):
        return emulator_firmware.run(firmware(source, common), tmp_path, data, options)

    return go


# --- UARTE, EasyDMA, PPI ---


def test_echo_through_double_buffered_dma_at_full_rate_loses_nothing(run):
    data = bytes(i * 7 % 251 for i in range(3000))
    done = run(ECHO, data)
    assert done.out == b"banner\n" + data
    assert done.counts["uart"] == {"in": 3000, "out": 3007, "overruns": 0, "lost_while_off": 0}
    assert done.counts["virtual_s"] > 3000 * 10e-6  # a byte takes its ten bits at 1 Mbaud
    assert done.said == ""


OVERRUN = r"""
static uint8_t a[8], b[8];
int main(void) {
    uart_on(); R(U + 0x534) = V(a); R(U + 0x538) = 8; R(U) = 1;
    sleep_ticks(164);
    hex(R(U + 0x53C)); hex(R(U + 0x480)); hex(R(U + 0x124));
    R(U + 0x480) = 1; hex(R(U + 0x480));
    R(U + 0x534) = V(b); R(U + 0x538) = 5; R(U) = 1;
    hex(R(U + 0x110)); hex(a[7]); hex(b[0]); hex(b[4]);
}
"""


def test_overrun_is_flagged_and_the_fifo_keeps_what_came_before(run):
    done = run(OVERRUN, bytes(range(1, 21)))
    assert done.words == [8, 1, 1, 0, 1, 8, 9, 13]
    assert done.counts["uart"]["overruns"] == 7


COUNTING = r"""
static uint8_t a[64];
int main(void) {
    uart_on(); R(T1 + 0x504) = 2; R(T1 + 0x508) = 3; R(T1) = 1;
    R(PPI + 0x510) = U + 0x108; R(PPI + 0x514) = T1 + 8; R(PPI + 0x504) = 1;
    R(U + 0x534) = V(a); R(U + 0x538) = 64; R(U) = 1;
    sleep_ticks(164); R(T1 + 0x40) = 1; hex(R(T1 + 0x540)); hex(R(U + 0x53C)); hex(R(U + 0x110));
    R(U + 4) = 1; while (!R(U + 0x144)) {}
    hex(R(U + 0x53C)); hex(R(U + 0x110));
}
"""


def test_ppi_counts_bytes_while_amount_waits_for_the_end_of_the_buffer(run):
    assert run(COUNTING, b"x" * 37).words == [37, 0, 0, 37, 1]


@pytest.mark.parametrize(
    ("code", "cfsr", "bfar", "text"),
    [
        ("R(0x4002B004u);", 0x8200, 0x4002B004, "read of 0x4002B004, where nothing is"),
        (
            "R(0x40004500u) = 1;",
            0x8200,
            0x40004500,
            "write to 0x40004500, where nothing is (SPI1/TWI1 is not modelled)",
        ),
        ("R(0x00001000u) = 1;", 0x8200, 0x1000, "write to 0x00001000, which is read-only memory"),
        ("R(0x20040000u);", 0x8200, 0x20040000, "read of 0x20040000, where nothing is"),
        ("*(volatile uint16_t *)0x40002501u;", 0x01000000, None, "unaligned access to the device at 0x40002501"),
        ("*(volatile uint8_t *)0x40002500u = 8;", 0x8200, 0x40002500, "8-bit write to UARTE0+0x500"),
        ('__asm volatile("udf #1");', 0x00010000, None, "undefined instruction"),
        ("((void (*)(void))0x20000100)();", 0x00020000, None, "jump to an address without the Thumb bit"),
        ("((void (*)(void))0x40000001)();", 0x00000001, None, "instruction fetch from 0x40000000"),
        (
            "R(U + 0x544) = 0x100; R(U + 0x548) = 4; R(U + 8) = 1;",
            0x400,
            None,
            "EasyDMA at 0x00000100, 4 bytes, is not in Data RAM",
        ),
        (
            "R(U + 0x534) = 0x2003FFFC; R(U + 0x538) = 8; R(U) = 1;",
            0x400,
            None,
            "EasyDMA at 0x2003FFFC, 8 bytes, is not",
        ),
    ],
)
def test_a_wrong_access_is_a_fault_and_is_reported_with_its_pc(run, code, cfsr, bfar, text):
    done = run("int main(void) { uart_on(); " + code + " }", common=FAULTS)
    assert text in done.said
    seen_cfsr, hfsr, seen_bfar, pc = done.words
    assert (seen_cfsr, hfsr) == (cfsr, 1 << 30)
    assert bfar is None or seen_bfar == bfar
    assert f"PC 0x{pc:08X}" in done.said


def test_a_fault_within_a_fault_locks_up_and_the_next_boot_knows(run):
    body = "void hard(void) { R(0x4002B000u) = 1; } int main(void) { uart_on(); uint32_t why = R(RESETREAS); hex(why); if (!why) R(0x4002B000u); }"
    done = run(body)
    assert done.words == [0, 8]
    assert done.counts["resets"] == {"power": 1, "lockup": 1}


def test_a_wire_at_another_pin_carries_nothing(run):
    done = run('int main(void) { uart_on(); R(U + 0x500) = 0; R(U + 0x50C) = 7; R(U + 0x500) = 8; put("lost"); }')
    assert done.out == b""
    assert "wired to pin 6" in done.said


# --- the core ---

PRIORITIES = r"""
static char log_text[32]; static uint32_t at;
static void note(char c) { log_text[at++] = c; }
void irq_a(void) { note('a'); pend(21); note('A'); }
void irq_b(void) { note('b'); pend(22); note('B'); }
void irq_c(void) { note('c'); }
void svc(void) { note('s'); R(0xE000ED04u) = 1u << 28; note('S'); }
void pendsv(void) { note('p'); }
int main(void) {
    uart_on(); irq_on(20, 4); irq_on(21, 2); irq_on(22, 4);
    pend(20); note(' ');                                                  /* b preempts a; c waits for a's end */
    __asm volatile("cpsid i" ::: "memory"); pend(22); note('m'); __asm volatile("cpsie i" ::: "memory"); note(' ');
    __asm volatile("msr basepri, %0" :: "r"(3u << 5) : "memory"); pend(22); note('m'); pend(21); note(' ');
    __asm volatile("msr basepri, %0" :: "r"(0) : "memory"); note(' ');
    *(volatile uint8_t *)0xE000ED22u = 0xE0; __asm volatile("svc #0" ::: "memory"); note('.');
    put(log_text); put("\n");
}
"""


def test_exceptions_come_in_order_of_priority(run):
    assert run(PRIORITIES).out == b"abBAc mc mbB c sSp.\n"


FLOATS = r"""
static volatile float f = 3.0f; static volatile uint32_t link;
void irq_a(void) { uint32_t lr; __asm volatile("mov %0, lr" : "=r"(lr)); link = lr; f = f * 1.5f + 1.0f; __asm volatile(
    "vmov s0, %0\n vmov s1, %0\n vmov s8, %0\n vmov s15, %0\n vmsr fpscr, %0" :: "r"(0x03C00000) : "s0", "s1", "s8", "s15"); }
int main(void) {
    uint32_t a, b, c;
    uart_on(); R(0xE000ED88u) |= 0xFu << 20; __asm volatile("dsb\n isb"); irq_on(20, 4); pend(20); hex(link);
    __asm volatile("vmov s0, %3\n vmov s15, %4\n vmsr fpscr, %5\n str %7, [%6]\n dsb\n isb\n nop\n vmov %0, s0\n vmov %1, s15\n vmrs %2, fpscr"
        : "=&r"(a), "=&r"(b), "=&r"(c) : "r"(0x11111111), "r"(0x22222222), "r"(0x00400000), "r"(0xE000E200u), "r"(1u << 20)
        : "s0", "s1", "s8", "s15", "memory");
    hex(link); hex(a); hex(b); hex(c);
}
"""


def test_an_interrupt_keeps_the_floating_point_context(run):
    # EXC_RETURN tells a basic frame from an extended one (ARMv7-M ARM, B1.5.8)
    assert run(FLOATS).words == [0xFFFFFFF9, 0xFFFFFFE9, 0x11111111, 0x22222222, 0x00400000]


def test_the_fpu_must_be_enabled_first(run):
    done = run(
        'int main(void) { uart_on(); __asm volatile("vmov.f32 s0, #1.0" ::: "s0"); R(0xE000E010u); wfi(); }',
        common=FAULTS,
    )
    assert "the FPU off in CPACR" in done.said
    assert done.words[0] == 1 << 19


def test_process_stack_and_it_blocks_survive_an_interrupt(run):
    done = run(r"""
    void systick(void) {}
    int main(void) {
        static uint64_t stack[32]; uint32_t wrong = 0, used = 0;
        uart_on(); R(0xE000E014u) = 6; R(0xE000E018u) = 0; R(0xE000E010u) = 7;
        __asm volatile("msr psp, %0\n mov r0, #2\n msr control, r0\n isb" :: "r"(stack + 32) : "r0");
        for (uint32_t i = 0; i < 3000; i++) {
            uint32_t r = 0;
            __asm volatile("cmp %1, #0\n ittte eq\n addeq %0, #1\n addeq %0, #2\n addeq %0, #4\n addne %0, #8" : "+r"(r) : "r"(i & 1));
            wrong += r != (i & 1 ? 8 : 7);
        }
        __asm volatile("mov r0, #0\n msr control, r0\n isb" ::: "r0");
        R(0xE000E010u) = 0;
        for (uint32_t i = 0; i < 32; i++) used += stack[i] != 0;
        hex(wrong); hex(used >= 4);
    }""")
    assert done.words == [0, 1]


def test_a_line_that_stays_high_interrupts_again(run):
    body = r"""
    static volatile uint32_t entries;
    void irq_power(void) { if (++entries == 3) R(0x40000104u) = 0; }
    int main(void) {
        uart_on(); R(0x40000304u) = 2; irq_on(0, 4); R(0x40000008u) = 1; /* LFCLKSTARTED */
        for (uint32_t n = 200000; n; n--) __asm volatile("");
        hex(entries);
    }"""
    assert run(body).words == [3]


def test_the_frame_is_aligned_and_conditional_blocks_go_on_after_it(run):
    done = run(r"""
    static volatile uint32_t handler_sp; static volatile uint32_t stacked;
    __attribute__((naked)) void svc(void) {
        __asm volatile("ldr r0, =%c0\n mov r1, sp\n str r1, [r0]\n ldr r1, [sp, #28]\n ldr r0, =%c1\n str r1, [r0]\n bx lr"
            :: "i"(&handler_sp), "i"(&stacked));
    }
    static uint32_t try(uint32_t odd) {
        uint32_t r = 0, before, after;
        __asm volatile("mov %1, sp\n sub sp, sp, %3\n cmp r0, r0\n itte eq\n addeq %0, #1\n svceq #0\n addne %0, #8\n add sp, sp, %3\n mov %2, sp"
            : "+&r"(r), "=&r"(before), "=&r"(after) : "r"(odd) : "r0", "r1", "memory", "cc");
        return r + 16 * (before != after) + 32 * (handler_sp & 7) + 1024 * (stacked >> 9 & 1);
    }
    int main(void) { uart_on(); const uint32_t a = try(0), b = try(4); hex(a & 0x3FF); hex(b & 0x3FF); hex((a ^ b) >> 10); }""")
    assert done.words == [1, 1, 1]  # one of the two stacks needed a pad word, and said so in bit 9 of the stacked xPSR


def test_wfe_wakes_by_event_and_sev_is_one(run):
    body = r"""
    int main(void) {
        uart_on(); __asm volatile("sev\n wfe\n sev\n wfe"); put("awake\n");
        sleep_ticks(33); put("once\n"); __asm volatile("wfe"); put("never\n");
    }"""
    assert run(body).out == b"awake\nonce\n"


def test_systick_stands_still_in_sleep_and_counts_instructions_awake(run):
    body = r"""
    static volatile uint32_t ticks; void systick(void) { ticks++; }
    int main(void) {
        uart_on(); R(0xE000E014u) = 999; R(0xE000E018u) = 0; R(0xE000E010u) = 7;
        for (uint32_t n = 50000; n; n--) __asm volatile("");
        const uint32_t awake = ticks; sleep_ticks(3277); const uint32_t asleep = ticks - awake;
        hex(awake >= 100 && awake <= 102); hex(asleep < 50);
        R(0xE000E014u) = 0xFFFFFF; R(0xE000E018u) = 0;
        for (uint32_t n = 100; n; n--) __asm volatile("");
        const uint32_t before = R(0xE000E018u);
        sleep_ticks(328); hex(before - R(0xE000E018u) < 64000);
    }"""
    assert run(body).words == [1, 1, 1]


# --- time, reset, watchdog ---


def test_rtc_keeps_the_time_of_the_cpu_clock_awake_and_asleep(run):
    done = run(r"""
    static uint32_t spin(uint32_t n) { __asm volatile("1: subs %0, #1\n bne 1b" : "+r"(n)); return n; }
    int main(void) {
        uart_on(); sleep_ticks(100); const uint32_t a = R(RTC + 0x504); spin(9765625); hex(R(RTC + 0x504) - a);
        sleep_ticks(4096); hex(R(RTC + 0x504)); R(RTC + 0xC) = 1; const uint32_t top = R(RTC + 0x504); hex(top);
        R(RTC + 0x344) = 2; while (!R(RTC + 0x104)) {} hex(R(RTC + 0x504));
    }""")
    assert done.words == [10000, 4096, 0xFFFFF0, 0]  # 9765625 * 2 cycles at 64 MHz are 10000 / 32768 s
    assert 0.43 < done.counts["virtual_s"] < 1.0


def test_timer_compares_clears_and_captures(run):
    done = run(r"""
    int main(void) {
        uart_on(); R(T1 + 0x508) = 3; R(T1 + 0x510) = 4; R(T1 + 0x540) = 1000; R(T1 + 0x200) = 1; R(T1) = 1;
        for (uint32_t n = 0; n < 5; n++) { while (!R(T1 + 0x140)) {} R(T1 + 0x140) = 0; }
        R(T1 + 4) = 1; R(T1 + 0x44) = 1; hex(R(T1 + 0x544) < 20); R(T1 + 0x510) = 0; R(T1 + 0xC) = 1; R(T1 + 0x200) = 0x100;
        R(T1) = 1; while (!R(T1 + 0x140)) {} R(T1 + 0x44) = 1; hex(R(T1 + 0x544));
    }""")
    assert done.words == [1, 1000]
    assert done.counts["virtual_s"] >= 0.005


def test_watchdog_resets_a_hung_loop_and_the_cause_is_kept_until_cleared(run):
    done = run(r"""
    int main(void) {
        uart_on(); const uint32_t why = R(RESETREAS); hex(why); hex(R(WDT + 0x400));
        if (!why) { R(WDT + 0x504) = 327; R(WDT) = 1; R(WDT + 0x504) = 5; for (;;) {} }
        if (why == 2) R(0xE000ED0Cu) = 0x05FA0004; /* not cleared: the next cause is added to it */
        if (why == 6) { R(RESETREAS) = 2; hex(R(RESETREAS)); R(RESETREAS) = 4; R(0xE000ED0Cu) = 0x05FA0004; for (;;) {} }
    }""")
    assert done.words == [0, 0, 2, 0, 6, 0, 4, 4, 0]
    assert done.counts["resets"] == {"power": 1, "watchdog": 1, "soft": 2}
    assert "hardware ignores" in done.said


def test_a_fed_watchdog_does_not_bite_and_survives_a_soft_reset(run):
    done = run(r"""
    int main(void) {
        uart_on(); const uint32_t why = R(RESETREAS); R(RESETREAS) = 0xFFFFFFFF; hex(why); hex(R(WDT + 0x400));
        if (why == 0) {
            R(WDT + 0x504) = 327; R(WDT + 0x508) = 3; R(WDT) = 1;
            for (uint32_t i = 0; i < 20; i++) { sleep_ticks(200); R(WDT + 0x600) = 0x6E524635; R(WDT + 0x604) = 0x6E524635; }
            R(0xE000ED0Cu) = 0x05FA0004;
        }
        if (why == 4) { /* one of two channels fed is not enough */
            for (uint32_t i = 0; i < 10; i++) { sleep_ticks(100); R(WDT + 0x600) = 0x6E524635; }
            put("alive\n");
        }
    }""")
    assert done.words == [0, 0, 4, 1, 2, 0]
    assert b"alive" not in done.out
    assert done.counts["resets"] == {"power": 1, "soft": 1, "watchdog": 1}


# --- counts ---

BARE = r"""
__attribute__((naked, used)) void start(void) {
    __asm volatile("movw r0, #1000\n 1: subs r0, #1\n bne 1b\n cmp r0, #1\n it eq\n moveq r1, #1\n 2: wfi\n b 2b");
}
__attribute__((section(".vectors"), used)) const void *vectors[16] = {(void *)0x20040000, (void *)start};
"""


def test_gpregret_survives_a_soft_reset_and_no_other(run):
    done = run(r"""
    int main(void) {
        uart_on(); const uint32_t why = R(RESETREAS); R(RESETREAS) = why; hex(R(0x4000051Cu));
        R(0x4000051Cu) = 0x5A;
        if (!why) R(0xE000ED0Cu) = 0x05FA0004;
        if (why == 4) { R(WDT + 0x504) = 32; R(WDT) = 1; for (;;) {} }
    }""")
    assert done.words == [0, 0x5A, 0]


@pytest.mark.parametrize("options", [(), ("--slow",)])
def test_instructions_are_counted_exactly(run, options):
    # movw, 1000 times subs and bne, cmp, it, moveq (not executed, but passed), wfi
    assert run(BARE, b"", *options, common="").counts["instructions"] == 1 + 2000 + 3 + 1


def test_instructions_after_a_fault_are_not_counted(run):
    body = BARE.replace(
        "movw r0, #1000\\n 1: subs r0, #1\\n bne 1b",
        "movw r0, #0x1000\\n movt r0, #0x4003\\n ldr r1, [r0]\\n nop\\n nop",
    )
    body = body.replace("(void *)start}", "(void *)start, 0, (void *)hard}").replace(
        "__attribute__((section",
        '__attribute__((naked, used)) void hard(void) { __asm volatile("nop\\n 1: wfi\\n b 1b"); }\n__attribute__((section',
    )
    assert run(body, common="").counts["instructions"] == 2 + 2


def test_the_cycle_counter_counts_instructions_the_same_in_every_run(run):
    body = r"""
    int main(void) {
        uart_on(); R(0xE000EDFCu) = 1u << 24; R(0xE0001004u) = 0; R(0xE0001000u) |= 1;
        for (uint32_t n = 500; n <= 1500; n += 1000) {
            uint32_t a, b, k = n;
            __asm volatile("ldr %0, [%3]\n 1: subs %2, #1\n bne 1b\n ldr %1, [%3]" : "=&r"(a), "=&r"(b), "+r"(k) : "r"(0xE0001004u));
            hex(b - a);
        }
    }"""
    first, second, slow = run(body), run(body), run(body, b"", "--slow")
    assert first.words[1] - first.words[0] == 2000
    assert first.words == second.words == slow.words
    assert first.counts["instructions"] == second.counts["instructions"] == slow.counts["instructions"]


@pytest.mark.parametrize(
    "paint",
    ["", "for (volatile uint32_t *p = (void *)0x2003F800; p < (volatile uint32_t *)0x2003FF00; p++) *p = 0xDEADBEEF;"],
)
def test_stack_high_water_is_measured_with_the_firmwares_paint_or_without(run, paint):
    body = "__attribute__((noinline)) static void deep(void) { volatile uint8_t a[700]; for (uint32_t i = 0; i < 700; i++) a[i] = 1; }"
    body += "int main(void) { uart_on(); " + paint + " deep(); }"
    counts = run(body).counts
    assert counts["stack_bytes"] == 2048
    assert 700 <= counts["stack_seen"] < 900


# --- injected faults ---


@pytest.mark.parametrize(
    ("spec", "echoed"),
    [
        ("drop-rx=3", b"abdefgh"),
        ("flip-rx=2:0", b"accdefgh"),
        ("overrun=8", b"abcdefg"),
        ("break-rx=1", b"bcdefgh\0"),
        ("drop-rx=1,drop-rx=8", b"bcdefg"),
    ],
)
def test_line_faults_hit_the_byte_that_was_named(run, spec, echoed):
    assert run(ECHO, b"abcdefgh", "--inject", spec).out == b"banner\n" + echoed


def test_an_injected_hang_lets_interrupts_run_and_ends_by_the_watchdog_once(run):
    done = run(r"""
    static volatile uint32_t ticks;
    void irq_rtc(void) { R(RTC + 0x100) = 0; if (++ticks % 8 == 0) put("."); }
    int main(void) {
        uart_on(); const uint32_t why = R(RESETREAS); R(RESETREAS) = 0xFFFFFFFF; hex(why);
        R(0x40000008u) = 1; R(RTC + 0x508) = 31; R(RTC + 0x304) = 1; R(RTC) = 1; irq_on(11, 4);
        if (!why) { R(WDT + 0x504) = 655; R(WDT) = 1; }
        while (ticks < 100) { wfi(); if (!why) R(WDT + 0x600) = 0x6E524635; }
        R(RTC + 4) = 1; put("done\n");
    }""", b"", "--inject", "hang-at=50")  # fmt: skip
    assert done.counts["resets"] == {"power": 1, "watchdog": 1}
    before, after = done.out.split(b"00000002\n")
    assert before.count(b".") in (8, 9)  # 50 ms by the main loop, then 20 ms by the watchdog's period
    assert after.endswith(b"done\n")


def test_a_wrong_injection_says_what_is_right(firmware):
    command = emulator_firmware.command(firmware(ECHO), "--inject", "flip-rx=1:9")
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 2
    assert "flip-rx=N:BIT" in result.stderr


# --- what the chip is ---


def test_the_chip_identifies_itself_as_an_nrf52840(run):
    body = "int main(void) { uart_on(); hex(R(0x10000100u)); hex(R(0x10000060u) != 0xFFFFFFFF); hex(R(0x4001E400u)); hex(R(0x10001200u)); hex(R(0xE000ED00u)); }"
    assert run(body).words == [0x52840, 1, 1, 0xFFFFFFFF, 0x410FC241]


def test_leds_are_pins_that_are_driven(run):
    body = r"""int main(void) { uart_on(); R(0x50000634u + 0x100) = 1; R(0x50000508u) = 1u << 13; hex(R(0x50000514u)); hex(R(0x50000504u));
        R(0x5000050Cu) = 1u << 13; hex(R(0x50000510u)); R(0x50000818u) = 1; hex(R(0x50000A00u)); }"""
    assert run(body).words == [1 << 13, 1 << 13, 0, 3]
