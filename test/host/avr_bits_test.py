"""The front end on recordings that no cow makes, with a 16-bit `int`: avr-gcc's code on simavr against the host's."""

from __future__ import annotations

from pathlib import Path

import pytest
from avr_firmware import link, run
from dsp_extremes_test import APP, DSP, EXTREMES, extremes

from fieldmouse.build import host_compiler

# In place of what a chip has no library for: numbers over the port's UART, and memory for one recording at a time.
SHIM = r"""
#include "port.h"
#include <stdarg.h>
#undef main
int tell(const char *format, ...);
void *grab(size_t n);
void drop(void *p);
int extremes_main(void);

static struct { uint8_t bytes[1000]; size_t used; } pool;

void *grab(size_t n) { pool.used += n; return pool.used <= sizeof pool.bytes ? &pool.bytes[pool.used - n] : NULL; }
void drop(void *p) { (void)p; pool.used = 0; }

static void put(char c) { port_uart_write((const uint8_t *)&c, 1); }

int tell(const char *format, ...)
{
    va_list list;
    port_watchdog_feed();
    if (*format == '\n') {
        put('\n');
        return 0;
    }
    va_start(list, format);
    const int value = va_arg(list, int);
    va_end(list);
    uint16_t left = value < 0 ? 0u - (uint16_t)value : (uint16_t)value;
    char text[6];
    uint8_t at = sizeof text;
    do {
        text[--at] = (char)('0' + (char)(left % 10u));
        left /= 10u;
    } while (left != 0);
    if (value < 0) {
        put('-');
    }
    port_uart_write((const uint8_t *)text + at, sizeof text - at);
    put(' ');
    return 0;
}

int main(void)
{
    port_init();
    (void)extremes_main();
    for (;;) {
        port_watchdog_feed();
        port_sleep();
    }
}
"""
RENAMED = ["-Dprintf=tell", "-Dmalloc=grab", "-Dfree=drop", "-Dmain=extremes_main"]


@pytest.mark.parametrize("small", [False, True], ids=["full", "small"])
def test_extremes_give_the_same_bits_with_a_16_bit_int(small: bool, tmp_path: Path) -> None:
    source = tmp_path / "shim.c"
    source.write_text(SHIM)
    sources = [*sorted(DSP.glob("*.c")), APP / "cattle_features.c", EXTREMES]
    flags = [f"-I{APP}", f"-I{DSP}", *RENAMED, *(["-DCATTLE_SMALL"] if small else []), *map(str, sources)]
    image = link(tmp_path, source, *flags, constants_in_ram=True)
    done = run(image, b"")
    assert done.counts["resets"] == {"power": 1}
    assert done.out.decode() == extremes(host_compiler(), ["-O2"], small, tmp_path / "plain")
