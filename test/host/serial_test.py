"""`emu://` as a serial port: what pyserial and stock pytest-embedded expect of one."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
import serial

from orchestrator import emulator
from orchestrator.emulator import launch

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 20

emulator.register()

ECHO = """
import os, sys
os.write(1, b"banner\\n")
while data := os.read(0, 65536):
    os.write(1, data)
"""


@pytest.fixture
def program(tmp_path):
    """A script as the firmware of the `host` board, whose emulator command is the firmware itself."""

    def make(body):
        path = tmp_path / "firmware.py"
        path.write_text(f"#!{sys.executable}\n{textwrap.dedent(body)}")
        path.chmod(0o755)
        return f"emu://host?fw={path}"

    return make


def gone(pid):
    """The process ended, at the latest by the deadline."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def pid_of(port):
    return port._child._process.pid


def wait_for(condition):
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_banner_waits_for_whoever_reads_late_and_is_counted_truly(program):
    with serial.serial_for_url(program(ECHO), timeout=DEADLINE_S, baudrate=1000000) as port:
        wait_for(lambda: port.in_waiting == 7)
        assert port.read(7) == b"banner\n"
        port.write(b"x" * 1000)
        wait_for(lambda: port.in_waiting == 1000)
        assert port.read_all() == b"x" * 1000
        assert port.in_waiting == 0


def test_large_writes_and_reads_do_not_block_each_other(program):
    data = bytes(range(256)) * 4096
    with serial.serial_for_url(program(ECHO), timeout=DEADLINE_S) as port:
        port.read(7)
        assert port.write(data) == len(data)
        assert port.read(len(data)) == data


def test_a_read_ends_at_its_timeout_or_when_it_is_cancelled(program):
    with serial.serial_for_url(program("import time; time.sleep(60)"), timeout=0.05) as port:
        assert port.read(1) == b""
        port.timeout = None
        threading.Timer(0.2, port.cancel_read).start()
        assert port.read(1) == b""


def test_reset_input_buffer_drops_what_came(program):
    with serial.serial_for_url(program(ECHO), timeout=0.05) as port:
        wait_for(lambda: port.in_waiting == 7)
        port.reset_input_buffer()
        assert port.in_waiting == 0


def test_close_ends_the_emulator_and_the_port_opens_again(program):
    port = serial.serial_for_url(program(ECHO), timeout=DEADLINE_S)
    first = pid_of(port)
    port.close()
    assert gone(first)
    with pytest.raises(serial.PortNotOpenError):
        port.read(1)
    port.open()
    assert port.read(7) == b"banner\n"
    assert pid_of(port) != first
    port.close()


def test_close_ends_an_emulator_that_does_not_listen(program):
    body = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print("up", flush=True)\nwhile True: time.sleep(1)'
    port = serial.serial_for_url(program(body), timeout=DEADLINE_S)
    port.read(3)
    child = pid_of(port)
    port.close()
    assert gone(child)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the emulator ends with its input")
def test_no_emulator_outlives_a_parent_that_was_killed(program):
    url = program(
        'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint("up", flush=True)\nwhile True: time.sleep(1)'
    )
    opener = "import sys, time, serial; from orchestrator import emulator; emulator.register(); p = serial.serial_for_url(sys.argv[1]);"
    opener += "p.read(3); print(p._child._process.pid, flush=True); time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", opener, url], stdout=subprocess.PIPE, cwd=ROOT)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert gone(child)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="see above")
def test_an_emulator_outlives_the_thread_that_opened_its_port(program):
    ports = []
    url = program(ECHO)
    thread = threading.Thread(target=lambda: ports.append(serial.serial_for_url(url, timeout=DEADLINE_S)))
    thread.start()
    thread.join()
    time.sleep(0.1)
    with ports[0] as port:
        assert port.read(7) == b"banner\n"
        port.write(b"still there")
        assert port.read(11) == b"still there"


def test_a_dead_emulator_says_why_after_its_last_words_were_read(program):
    body = 'import os, sys; os.write(1, b"last"); sys.stderr.write("out of cheese\\n"); sys.exit(3)'
    with serial.serial_for_url(program(body), timeout=DEADLINE_S) as port:
        assert port.read(4) == b"last"
        with pytest.raises(serial.SerialException, match=r"exit status 3.*out of cheese"):
            port.read(1)
        with pytest.raises(serial.SerialException, match="out of cheese"):
            port.write(b"x" * 100000)
        with pytest.raises(serial.SerialException, match="out of cheese"):
            _ = port.in_waiting


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("emu://nonesuch", "no board 'nonesuch'; there are: .*host.*nrf52840"),
        ("emu://nrf52840?fw=/nonesuch.elf", "there is no firmware /nonesuch.elf"),
        ("emu://", "no emulated board"),
        ("emu://nrf52840/x", "no emulated board"),
    ],
)
def test_a_wrong_address_says_what_is_right(url, message):
    with pytest.raises(serial.SerialException, match=message):
        serial.serial_for_url(url)


def test_without_fw_the_flashed_image_is_booted_and_without_one_that_is_said(tmp_path):
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards" / "host.json").write_bytes((ROOT / "boards" / "host.json").read_bytes())
    with pytest.raises(launch.LaunchError, match="nothing was flashed to 'host' yet"):
        launch.resolve("emu://host", tmp_path)
    flashed = tmp_path / ".fieldmouse" / "flash" / "host.elf"
    flashed.parent.mkdir(parents=True)
    flashed.touch()
    assert launch.resolve("emu://host", tmp_path).command == [str(flashed)]


def test_what_an_engine_lacks_is_brought_before_it_is_started(tmp_path, monkeypatch):
    firmware = tmp_path / "a.elf"
    firmware.write_bytes(b"")
    asked = []

    def install():
        asked.append("install")
        raise launch.LaunchError("it cannot be had: do this")

    monkeypatch.setattr("orchestrator.emulator.rp2040js.install.install", install)
    launch.prepare(launch.resolve(f"emu://nrf52840?fw={firmware}"))
    assert asked == []
    with pytest.raises(serial.SerialException, match=r"cannot open emu://rp2040.*it cannot be had: do this"):
        serial.serial_for_url(f"emu://rp2040?fw={firmware}")
    assert asked == ["install"]


@pytest.mark.parametrize("asked", ["inject=drop-rx=3", "counts=a.json"])
def test_what_a_board_cannot_do_is_refused_and_not_left_out(asked, tmp_path):
    firmware = tmp_path / "a.elf"
    firmware.write_bytes(b"")
    with pytest.raises(launch.LaunchError, match=f"'host' cannot do '{asked.split('=')[0]}'"):
        launch.resolve(f"emu://host?fw={firmware}&{asked}")


def test_other_parameters_become_options_of_the_emulator(tmp_path):
    firmware = tmp_path / "f.elf"
    firmware.touch()
    command = launch.resolve(
        f"emu://nrf52840?fw={firmware}&inject=drop-rx=5&inject=flip-rx=7:1&counts=/tmp/c.json"
    ).command
    assert command[0] == sys.executable
    assert command[-4:] == [str(firmware), "--inject=drop-rx=5", "--inject=flip-rx=7:1", "--counts=/tmp/c.json"]


def test_stock_pytest_embedded_takes_it_as_a_port(program, tmp_path):
    url = program(ECHO)
    (tmp_path / "conftest.py").write_text("from orchestrator import emulator\nemulator.register()\n")
    (tmp_path / "stock_test.py").write_text(
        'def test_it(dut):\n    dut.expect_exact("banner")\n    dut.write("hello")\n    dut.expect(r"hello\\r?\\n", timeout=10)\n'
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\npython_files = *_test.py\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--embedded-services",
        "serial",
        "--port",
        url,
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, "--root-logdir", str(tmp_path), "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
