"""The chips that pyOCD lacks: pyOCD itself, with our scripts, programs a chip behind a probe in this process."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from flash_chips import Py32f003, Stm32l476
from flash_probe import Chip, ChipProbe
from pyocd.core import exceptions
from pyocd.core.session import Session
from pyocd.flash.file_programmer import FileProgrammer

from orchestrator.project import ROOT, board_facts

CHIPS = {"stm32l476": Stm32l476, "py32f003": Py32f003}
every_chip = pytest.mark.parametrize("board", CHIPS)


def session(board: str, chip: Chip) -> Session:
    row = next(r for r in board_facts(board)["fieldmouse"]["flash"]["tools"] if r["tool"] == "pyocd")
    script = ROOT / "orchestrator" / "flash" / "targets" / row["script"]
    options = {"user_script": str(script), "target_override": row["target"], "no_config": True}
    return Session(ChipProbe(chip), options=options)


def program(board: str, chip: Chip, image: Path) -> None:
    with session(board, chip) as opened:
        FileProgrammer(opened).program(str(image), file_format="bin", base_address=chip.flash_base)


def image(tmp_path: Path, length: int, seed: int) -> Path:
    path = tmp_path / "image.bin"
    path.write_bytes(random.Random(seed).randbytes(length))
    return path


@every_chip
def test_what_is_programmed_is_there_and_all_else_is_as_it_was(board: str, tmp_path: Path) -> None:
    chip = CHIPS[board]()
    chip.flash[0x6000:0x7000] = bytes(0x1000)
    data = image(tmp_path, 20_000, 1)
    program(board, chip, data)
    assert bytes(chip.flash[:20_000]) == data.read_bytes()
    assert bytes(chip.flash[0x6000:0x7000]) == bytes(0x1000)
    assert chip.control & chip.lock_bit
    assert chip.resets >= 2


@every_chip
def test_an_old_image_is_erased_first(board: str, tmp_path: Path) -> None:
    chip = CHIPS[board]()
    program(board, chip, image(tmp_path, 20_000, 1))
    data = image(tmp_path, 10_000, 2)
    program(board, chip, data)
    assert bytes(chip.flash[:10_000]) == data.read_bytes()


def test_the_second_bank_is_erased_as_itself(tmp_path: Path) -> None:
    chip = Stm32l476()
    chip.flash[:] = bytes(len(chip.flash))
    data = image(tmp_path, 4096, 3)
    with session("stm32l476", chip) as opened:
        FileProgrammer(opened).program(str(data), file_format="bin", base_address=0x08080000)
    assert bytes(chip.flash[0x80000:0x81000]) == data.read_bytes()
    assert not any(chip.flash[:0x80000])
    assert not any(chip.flash[0x81000:])


@pytest.mark.parametrize("rate", range(5))
def test_the_times_are_those_of_the_rate_at_which_hsi_runs(rate: int, tmp_path: Path) -> None:
    chip = Py32f003()
    chip.rate = rate
    chip.words[0x40021004] = rate << 13
    data = image(tmp_path, 512, rate)
    program("py32f003", chip, data)
    assert bytes(chip.flash[:512]) == data.read_bytes()


def test_another_chip_is_refused_and_left_alone(tmp_path: Path) -> None:
    other = Stm32l476()
    other.words[0xE0042000] = 0x10006435  # an STM32L43x
    blank = Py32f003()
    blank.words.update({0x1FFF0F1C + 4 * n: 0xFFFFFFFF for n in range(25)})
    for board, chip in (("stm32l476", other), ("py32f003", blank)):
        with pytest.raises(exceptions.Error, match="is not the chip"):
            program(board, chip, image(tmp_path, 512, 4))
        assert set(chip.flash) == {0xFF}


def test_a_word_that_does_not_hold_is_found(tmp_path: Path) -> None:
    for board, chip in ((name, kind()) for name, kind in CHIPS.items()):
        start = chip.start

        def weak(chip=chip, start=start) -> None:
            chip.flash[130] = 0xFF
            start()

        chip.start = weak
        with pytest.raises(exceptions.FlashFailure, match="reads back otherwise"):
            program(board, chip, image(tmp_path, 512, 7))


def test_an_operation_that_fails_or_never_ends_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    protected = Stm32l476()
    protected.erase = lambda *_: setattr(protected, "status", 1 << 4)  # WRPERR
    with pytest.raises(exceptions.FlashFailure, match="erasing failed, status 0x10"):
        program("stm32l476", protected, image(tmp_path, 512, 5))
    from orchestrator.flash.targets import swd_flash

    monkeypatch.setattr(swd_flash, "TIMEOUT_S", 0.05)
    stuck = Py32f003()
    stuck.start = lambda: setattr(stuck, "_busy", 1 << 30)
    with pytest.raises(exceptions.FlashFailure, match="did not end"):
        program("py32f003", stuck, image(tmp_path, 512, 6))
