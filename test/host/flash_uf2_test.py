"""UF2: the image as the RP2040's boot ROM takes it, and the drive that it goes to."""

from __future__ import annotations

import errno
import random
import struct
import threading
import time
from pathlib import Path

import pytest
from flash_support import Tools, answering, connect

from orchestrator.flash import FlashError, flash, flashing, uf2

FAMILY = 0xE48BFF56
INFO = "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: {board}\r\n"


def read_back(data: bytes) -> dict[int, bytes]:
    """What a reader of the specification makes of a UF2 file: pages by address."""
    assert len(data) % 512 == 0
    pages = {}
    for number in range(len(data) // 512):
        block = data[512 * number : 512 * number + 512]
        magic, second, flags, address, size, this, total, family = struct.unpack_from("<8I", block)
        assert (magic, second, struct.unpack_from("<I", block, 508)[0]) == (0x0A324655, 0x9E5D5157, 0x0AB16F30)
        assert (flags, size, this, total, family) == (0x2000, 256, number, len(data) // 512, FAMILY)
        assert address % 256 == 0
        assert address not in pages
        pages[address] = block[32 : 32 + size]
    return pages


def test_each_byte_of_the_image_is_at_its_address() -> None:
    rng = random.Random(1)
    parts = [(0x10000000, rng.randbytes(256)), (0x10000100, rng.randbytes(1001)), (0x10000500, rng.randbytes(3))]
    pages = read_back(uf2.to_uf2(parts, FAMILY))
    flat = {at + n: byte for at, page in pages.items() for n, byte in enumerate(page)}
    for address, data in parts:
        assert bytes(flat.pop(address + n) for n in range(len(data))) == data
    assert set(flat.values()) == {0xFF}
    assert sorted(pages) == list(range(0x10000000, 0x10000600, 256))


@pytest.fixture
def drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "media" / "RPI RP2"
    folder.mkdir(parents=True)
    (folder / "INFO_UF2.TXT").write_text(INFO.format(board="RPI-RP2"))
    Tools(tmp_path / "tools", monkeypatch)
    connect(monkeypatch)
    monkeypatch.setattr(uf2, "mounted", lambda: [tmp_path, folder])
    monkeypatch.setattr(flashing, "build_id", lambda _image: "0123abcd")
    monkeypatch.setattr(flashing, "identify", answering("rp2040", "0123abcd"))
    monkeypatch.setattr(uf2, "segments", lambda _image: [(0x10000000, b"image" * 100)])
    return folder


def test_the_drive_of_the_board_gets_the_image_and_goes(drive: Path, tmp_path: Path) -> None:
    def board() -> None:  # takes the image, restarts, and its drive is gone
        while not (drive / "firmware.uf2").exists() or (drive / "firmware.uf2").stat().st_size < 1024:
            time.sleep(0.01)
        (drive / "INFO_UF2.TXT").unlink()

    thread = threading.Thread(target=board)
    thread.start()
    done = flash(tmp_path / "firmware.elf", "rp2040", port="/dev/ttyUSB0")
    thread.join()
    assert done.tool == "uf2"
    assert read_back((drive / "firmware.uf2").read_bytes())[0x10000000].startswith(b"imageimage")


def test_a_drive_that_stays_did_not_take_the_image(drive: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(flashing, "RESTART_S", 0.2)
    with pytest.raises(FlashError, match="took the image and did not restart"):
        flash(tmp_path / "firmware.elf", "rp2040", port="/dev/ttyUSB0")


def test_a_drive_that_is_full_is_half_flashed(drive: Path, monkeypatch) -> None:
    class Full:
        def __init__(self, *_args: object, **_options: object) -> None: ...

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_exception: object) -> None: ...

        def write(self, _data: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", Full)
    with pytest.raises(FlashError, match="half flashed; press BOOTSEL"):
        uf2.write_drive(drive, b"x" * 512, 1)


def test_another_boards_drive_is_named_and_not_written(drive: Path, tmp_path: Path) -> None:
    (drive / "INFO_UF2.TXT").write_text(INFO.format(board="RP2350"))
    for probe in ("", str(drive)):
        with pytest.raises(FlashError, match=r"no drive of board RPI-RP2: .*RPI RP2 says RP2350"):
            flash(tmp_path / "firmware.elf", "rp2040", port="/dev/ttyUSB0", probe=probe)
    assert not (drive / "firmware.uf2").exists()


def test_a_probe_is_used_where_the_drive_is_anothers_or_the_probe_was_chosen(
    drive: Path, tmp_path: Path, monkeypatch
) -> None:
    tools = Tools(tmp_path / "with openocd", monkeypatch)
    tools.install("openocd")
    connect(monkeypatch, "cmsis-dap")
    monkeypatch.setattr(uf2, "mounted", lambda: [drive])
    assert flash(tmp_path / "firmware.elf", "rp2040", probe="E6614103E7452D2F").tool == "openocd"
    (drive / "INFO_UF2.TXT").write_text(INFO.format(board="RP2350"))
    assert flash(tmp_path / "firmware.elf", "rp2040").tool == "openocd"
    assert not (drive / "firmware.uf2").exists()


def test_several_drives_are_listed(drive: Path, tmp_path: Path, monkeypatch) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "INFO_UF2.TXT").write_text(INFO.format(board="RPI-RP2"))
    monkeypatch.setattr(uf2, "mounted", lambda: [drive, other])
    with pytest.raises(FlashError, match=r"choose a drive with --probe: .*RPI RP2, .*other"):
        flash(tmp_path / "firmware.elf", "rp2040", port="/dev/ttyUSB0")
    assert uf2.find_drive("RPI-RP2", str(other)) == other


def test_a_drive_that_nobody_mounted_comes_with_the_command(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(uf2, "mounted", list)
    monkeypatch.setattr(uf2, "LABELS", tmp_path)
    assert uf2.find_drive("RPI-RP2") is None
    (tmp_path / "RPI-RP2").touch()
    with pytest.raises(FlashError, match=r"udisksctl mount -b .*RPI-RP2"):
        uf2.find_drive("RPI-RP2")
