"""The build machine's port has a watchdog like every other: no emulator can make that process hang, so this program does."""

from __future__ import annotations

import subprocess
from pathlib import Path

from fieldmouse.build import host_compiler, zig_environment
from orchestrator.project import ROOT

PERIOD_MS = 100
PROGRAM = """
#include <stdlib.h>
#include <time.h>
#include "port.h"

static double cpu_s(void) { return (double)clock() / CLOCKS_PER_SEC; }

int main(void)
{
    static const char names[] = "power   pin     soft    watchdog";
    port_init();
    port_uart_write((const uint8_t *)names + 8 * port_reset_cause(), 8);
    for (double end = cpu_s() + 5 * PORT_WATCHDOG_MS / 1000.0; cpu_s() < end;) {
        port_watchdog_feed(); /* so five periods go by and nothing happens */
    }
    port_uart_write((const uint8_t *)"|", 1);
    switch (port_reset_cause()) {
    case PORT_RESET_POWER:
        port_restart();
    case PORT_RESET_WATCHDOG:
        if (getenv("BITTEN") != NULL) {
            return 0;
        }
        setenv("BITTEN", "once", 1);
    default: /* the new image must hear its own watchdog, too */
        for (;;) {
        }
    }
}
"""


def test_a_hung_process_is_reset_and_says_so(tmp_path: Path) -> None:
    source, program = tmp_path / "program.c", tmp_path / "program"
    source.write_text(PROGRAM)
    port = ROOT / "lib" / "port"
    flags = ["-std=c99", "-D_GNU_SOURCE", f"-DPORT_WATCHDOG_MS={PERIOD_MS}", f"-I{port}"]
    command = [*host_compiler(), *flags, str(source), str(port / "host" / "port.c"), "-o", str(program)]
    subprocess.run(command, env=zig_environment(), check=True, capture_output=True)
    done = subprocess.run([program], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["power", "|soft", "|watchdog|watchdog|"]
    assert done.returncode == 0
