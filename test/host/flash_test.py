"""Flashing without hardware: every tool × board to its last argument, and what happens when a tool fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flash_support import PORTS, PROBES, TOOLS, Tools, answering, connect

from orchestrator.flash import FlashError, flash, flashing
from orchestrator.flash.probes import Port, Probe, choose_probe, find_probes, kind_of
from orchestrator.project import ROOT, board_facts, boards

SCRIPTS = f"{ROOT}/orchestrator/flash/targets"
OPENOCD = ["-c", "adapter speed 2000", "-f"]
PROGRAM = ["-c", "program firmware.hex verify reset exit"]
JLINK = ["-If", "SWD", "-Speed", "4000", "-AutoConnect", "1", "-ExitOnError", "1", "-NoGui", "1", "-SelectEmuBySN", "683123456",
         "-CommandFile", "flash.jlink"]  # fmt: skip
ST, DAP = "0670FF515455777867", "E6614103E7452D2F"

# Board, probe that is connected, tool, and all that it is called with.
LINES = [
    ("nrf52840", "jlink", "pyocd", ["load", "--no-config", "--no-wait", "--target", "nrf52840", "--uid", "683123456", "firmware.hex"]),
    ("nrf52840", "jlink", "jlink", ["-Device", "nRF52840_xxAA", *JLINK]),
    ("nrf52840", "jlink", "nrfjprog", ["--family", "NRF52", "--snr", "683123456", "--program", "firmware.hex",
                                       "--sectoranduicrerase", "--verify", "--reset"]),
    ("nrf52840", "jlink", "openocd", ["-f", "interface/jlink.cfg", "-c", "transport select swd", "-c",
                                      "adapter serial 683123456", *OPENOCD, "target/nrf52.cfg", *PROGRAM]),
    ("stm32l476", "stlink", "pyocd", ["load", "--no-config", "--no-wait", "--script", f"{SCRIPTS}/stm32l476.py", "--target",
                                      "stm32l476", "--uid", ST, "firmware.hex"]),
    ("stm32l476", "stlink", "openocd", ["-f", "interface/stlink.cfg", "-c", f"adapter serial {ST}", *OPENOCD,
                                        "target/stm32l4x.cfg", *PROGRAM]),
    ("stm32l476", "jlink", "jlink", ["-Device", "STM32L476RG", *JLINK]),
    ("stm32h743", "stlink", "pyocd", ["load", "--no-config", "--no-wait", "--target", "stm32h743xx", "--uid", ST, "firmware.hex"]),
    ("stm32h743", "stlink", "openocd", ["-f", "interface/stlink.cfg", "-c", f"adapter serial {ST}", *OPENOCD,
                                        "target/stm32h7x.cfg", *PROGRAM]),
    ("stm32h743", "jlink", "jlink", ["-Device", "STM32H743ZI", *JLINK]),
    ("py32f003", "cmsis-dap", "pyocd", ["load", "--no-config", "--no-wait", "--script", f"{SCRIPTS}/py32f003.py", "--target",
                                        "py32f003", "--uid", DAP, "firmware.hex"]),
    ("py32f003", "jlink", "jlink", ["-Device", "PY32F003X6", *JLINK]),
    ("rp2040", "cmsis-dap", "pyocd", ["load", "--no-config", "--no-wait", "--target", "rp2040", "--uid", DAP, "firmware.hex"]),
    ("rp2040", "cmsis-dap", "openocd", ["-f", "interface/cmsis-dap.cfg", "-c", "transport select swd", "-c",
                                        f"adapter serial {DAP}", *OPENOCD, "target/rp2040.cfg", *PROGRAM]),
    ("rp2040", "jlink", "jlink", ["-Device", "RP2040_M0_0", *JLINK]),
    ("atmega328p", "uno", "avrdude", ["-p", "atmega328p", "-c", "arduino", "-P", "/dev/ttyACM3", "-b", "115200", "-D", "-U",
                                      "flash:w:firmware.hex:i"]),
]  # fmt: skip
BUILD = "0123abcd"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    return Tools(tmp_path / "tools", monkeypatch)


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An image in a folder with a name that a shell, Tcl or J-Link Commander would stumble over."""
    folder = tmp_path / "a build, {with} [odd] $names"
    folder.mkdir()
    for name in ("firmware.elf", "firmware.hex"):
        (folder / name).write_text("image")
    monkeypatch.setattr(flashing, "build_id", lambda _image: BUILD)
    return folder / "firmware.elf"


@pytest.mark.parametrize(
    ("board", "kind", "tool", "arguments"), LINES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_command_of_every_tool_on_every_board(board, kind, tool, arguments, tools, image, monkeypatch) -> None:
    tools.install(*TOOLS)
    connect(monkeypatch, kind)
    monkeypatch.setattr(flashing, "identify", answering(board, BUILD))
    probe = "" if kind == "uno" or kind == board_facts(board)["fieldmouse"]["flash"]["probe"] else PROBES[kind].id
    done = flash(image, board, tool=tool, probe=probe)
    program = "JLinkExe" if tool == "jlink" else tool
    commands = "r\nloadfile firmware.hex\nr\ng\nexit\n" if tool == "jlink" else ""
    assert tools.calls() == [[program, arguments, str(image.parent), commands]]
    assert (done.board, done.tool, done.port) == (board, tool, PORTS[kind].device)
    assert done.probe == ("" if kind == "uno" else PROBES[kind].id)


def test_the_table_has_every_tool_of_every_manifest() -> None:
    wanted = {
        (board, row["tool"])
        for board in boards()
        for row in board_facts(board)["fieldmouse"].get("flash", {}).get("tools", ())
    }
    assert wanted == {(board, tool) for board, _, tool, _ in LINES} | {("rp2040", "uf2")}


def test_the_first_tool_that_is_there_is_taken(tools, image, monkeypatch) -> None:
    connect(monkeypatch, "jlink")
    monkeypatch.setattr(flashing, "identify", answering("nrf52840", BUILD))
    for installed in ("openocd", "nrfjprog", "pyocd"):
        tools.install(installed)
        assert flash(image, "nrf52840").tool == installed
    assert [call[0] for call in tools.calls()] == ["openocd", "nrfjprog", "pyocd"]


@pytest.mark.parametrize(
    ("installed", "connected", "board", "options", "said"),
    [
        ((), ("jlink",), "nrf52840", {}, r"pyocd: not installed: .*\n.*JLink|jlink: not installed: install SEGGER"),
        (TOOLS, (), "nrf52840", {}, r"no J-Link is connected: plug it in[\s\S]*inv doctor[\s\S]*--port emu://nrf52840"),
        (TOOLS, ("stlink",), "nrf52840", {}, r"no J-Link is connected"),
        (TOOLS, ("jlink",), "nrf52840", {"probe": "42"}, r"the probe 42 is not connected; connected are: 683123456 \(J-Link"),
        (TOOLS, ("stlink",), "nrf52840", {"probe": ST, "tool": "nrfjprog"}, r"works with a J-Link only, and this is 0670FF"),
        (TOOLS, ("jlink",), "nrf52840", {"tool": "avrdude"}, r"not flashed by 'avrdude'; there are: pyocd, jlink, nrfjprog, openocd, emulated"),
        (TOOLS, (), "atmega328p", {}, r"no serial port of the board: plug it in, or name it with --port"),
        (TOOLS, (), "rp2040", {}, r"uf2: no drive of the board: hold BOOTSEL[\s\S]*no CMSIS-DAP probe is connected"),
        (TOOLS, (), "host", {}, r"--port emu://host"),
        (TOOLS, ("jlink",), "nrf52840", {"port": "emu://rp2040"}, r"is not an emulated nrf52840"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named_and_nothing_is_called(
    installed, connected, board, options, said, tools, image, monkeypatch
):
    tools.install(*installed)
    connect(monkeypatch, *connected)
    with pytest.raises(FlashError, match=said):
        flash(image, board, **options)
    assert tools.calls() == []


def test_a_board_whose_build_id_could_not_be_read_is_not_flashed(tools, image, monkeypatch) -> None:
    tools.install(*TOOLS)
    connect(monkeypatch, "jlink")
    two = [Port(f"/dev/ttyUSB{n}", 0x0403, 0x6001, f"F{n}", "FT232R") for n in range(2)]
    for ports, said in (([], "no serial port"), (two, r"choose one with --port:\n  /dev/ttyUSB0 \(FT232R, 0403:6001")):
        monkeypatch.setattr(flashing, "usb_ports", lambda ports=ports: ports)
        with pytest.raises(FlashError, match=said):
            flash(image, "nrf52840")
    assert tools.calls() == []


def test_of_a_probes_two_ports_the_one_that_answers_is_taken(tools, image, monkeypatch) -> None:
    tools.install("openocd")
    connect(monkeypatch, "jlink")
    ports = [replace(PORTS["jlink"], device=f"/dev/ttyACM{n}") for n in range(2)]
    monkeypatch.setattr(flashing, "usb_ports", lambda: [*ports, PORTS["stlink"]])

    def identify(port: str, *_: object) -> dict:
        if port == ports[0].device:
            raise FlashError("silence")
        return answering("nrf52840", BUILD)()

    monkeypatch.setattr(flashing, "identify", identify)
    assert flash(image, "nrf52840").port == ports[1].device


def test_of_two_boards_with_usb_one_is_chosen_by_its_serial_number(tools, image, monkeypatch) -> None:
    tools.install("avrdude")
    connect(monkeypatch, "uno")
    other = replace(PORTS["uno"], device="/dev/ttyACM9", serial_number="55")
    monkeypatch.setattr(flashing, "usb_ports", lambda: [PORTS["uno"], other])
    with pytest.raises(FlashError, match=r"choose one with --port:\n  /dev/ttyACM3 .*\n  /dev/ttyACM9"):
        flash(image, "atmega328p")
    monkeypatch.setattr(flashing, "identify", answering("atmega328p", BUILD))
    assert flash(image, "atmega328p", probe="55").port == "/dev/ttyACM9"
    with pytest.raises(FlashError, match="no serial port of the board"):
        flash(image, "atmega328p", probe="56")


def test_several_probes_are_listed_and_one_is_chosen_by_its_id(tools, image, monkeypatch) -> None:
    tools.install("openocd")
    connect(monkeypatch, "jlink")
    other = Probe("683999999", "jlink", "J-Link PRO", pyocd=True)
    monkeypatch.setattr(flashing, "find_probes", lambda: [PROBES["jlink"], other])
    with pytest.raises(
        FlashError, match=r"--probe ID:\n  683123456 \(J-Link: J-Link OB\)\n  683999999 \(J-Link: J-Link PRO\)"
    ):
        flash(image, "nrf52840")
    assert tools.calls() == []
    monkeypatch.setattr(flashing, "identify", answering("nrf52840", BUILD))
    flash(image, "nrf52840", probe="000683123456")
    assert "adapter serial 683123456" in tools.calls()[0][1]


# What tools print when there is no board here, as they printed it (pyOCD 0.46, OpenOCD 0.12, avrdude 7.1), and, marked so, as
# their documents have it.
FAILURES = [
    ("nrf52840", "jlink", "pyocd", "0000534 E No target device available [load_cmd]", "found no probe"),
    ("nrf52840", "jlink", "pyocd", "0000123 C STLink error: USB Error: [Errno 13] Access denied", "may not use the probe"),
    ("stm32l476", "stlink", "pyocd", "E this is not the chip STM32L476: it says 0x435", "another chip"),
    ("nrf52840", "jlink", "pyocd", "E No ACK received", "no answer from the chip"),
    ("nrf52840", "jlink", "pyocd", "E flash program page failure (address 0x00001000; result code 0x1)", "half flashed"),
    ("nrf52840", "jlink", "openocd", "Error: No J-Link device found", "found no probe"),
    ("stm32l476", "stlink", "openocd", "Error: open failed\nin procedure 'program'", "found no probe"),
    ("rp2040", "cmsis-dap", "openocd", "Error: unable to find a matching CMSIS-DAP device", "found no probe"),
    ("rp2040", "cmsis-dap", "openocd", "Warn : UNEXPECTED idcode: 0x0bb11477", "another chip"),  # its documents
    ("stm32l476", "stlink", "openocd", "Error: LIBUSB_ERROR_ACCESS", "may not use the probe"),  # its documents
    ("nrf52840", "jlink", "jlink", "Connecting to J-Link via USB...FAILED: Cannot connect to J-Link.", "found no probe"),  # its documents
    ("nrf52840", "jlink", "nrfjprog", "ERROR: There is no debugger connected to the PC.", "found no probe"),  # its documents
    ("atmega328p", "uno", "avrdude", "avrdude OS error: cannot open port /dev/ttyACM7: No such file or directory", "not open the serial port"),
    ("atmega328p", "uno", "avrdude", "avrdude: stk500_recv(): programmer is not responding", "bootloader"),  # its documents
    ("atmega328p", "uno", "avrdude", "avrdude: expected signature for ATmega328P is 1E 95 0F", "another chip"),  # its documents
]  # fmt: skip


@pytest.mark.parametrize(("board", "kind", "tool", "says", "told"), FAILURES)
def test_a_tool_that_fails_is_told_in_words_with_its_command(
    board, kind, tool, says, told, tools, image, monkeypatch
) -> None:
    program = "JLinkExe" if tool == "jlink" else tool
    tools.install(program)
    connect(monkeypatch, kind)
    tools.tell(program, says=says, status=1)
    with pytest.raises(FlashError, match=rf"^{tool} failed \(exit status 1\): .*{told}") as error:
        flash(image, board, tool=tool)
    assert says.splitlines()[-1] in str(error.value)
    assert f"/{program} " in str(error.value)


def test_a_tool_that_hangs_is_ended(tools, image, monkeypatch) -> None:
    tools.install("openocd")
    connect(monkeypatch, "jlink")
    tools.tell("openocd", says="Info : programming", sleeps=600)
    with pytest.raises(
        FlashError,
        match=r"did not finish in 2 s and was ended; the board may be half flashed[\s\S]*\| Info : programming",
    ):
        flash(image, "nrf52840", timeout_s=2)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (("stm32l476", BUILD), "wrong board: the one at /dev/ttyACM0 says it is 'stm32l476', not 'nrf52840'"),
        (("nrf52840", "99999999"), "runs build 99999999, not 0123abcd"),
    ],
)
def test_what_runs_afterwards_must_be_what_was_flashed(answer, said, tools, image, monkeypatch) -> None:
    tools.install("openocd")
    connect(monkeypatch, "jlink")
    monkeypatch.setattr(flashing, "identify", answering(*answer))
    with pytest.raises(FlashError, match=said):
        flash(image, "nrf52840")


def test_probes_are_what_pyocd_sees_and_what_usb_shows_beside_it(tools) -> None:
    tools.install("pyocd")
    row = {
        "unique_id": ST,
        "vendor_name": "STMicroelectronics",
        "product_name": "STM32 STLink",
        "info": "NUCLEO-L476RG",
    }
    tools.tell("pyocd", probes=[row])
    found = find_probes([PORTS["stlink"], PORTS["jlink"], PORTS["uno"]])
    assert found == [
        Probe("683123456", "jlink", "J-Link - CDC", pyocd=False),
        Probe(ST, "stlink", "NUCLEO-L476RG", pyocd=True),
    ]
    assert choose_probe(found, "stlink", "") == found[1]
    with pytest.raises(FlashError, match="install SEGGER's J-Link software"):
        flashing.choose_way("nrf52840", "pyocd", "", "", found)


def test_usb_ids_are_told_apart() -> None:
    assert [kind_of(0x1366, 0x1015), kind_of(0x0483, 0x374B), kind_of(0x0483, 0x5740), kind_of(0x2E8A, 0x000C)] == [
        "jlink", "stlink", "", "cmsis-dap",
    ]  # fmt: skip
