"""The bench itself: what it counts, that wrong answers and crashes are shown, and that nothing selected is an error."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from bench_support import PEER, archive, case, engine, pin, suite

from orchestrator.bench import fetch, report, run
from orchestrator.bench.compare import FLASH, INSTRUCTIONS, MEASURES, SNR, ahead, best_peer
from orchestrator.bench.contract import Figures, Row, Verdict
from orchestrator.bench.measure import agreement, signal_to_noise
from orchestrator.bench.picture import points
from orchestrator.progress import quiet
from orchestrator.project import ROOT, UserError

ARM = pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="needs arm-none-eabi-gcc")
KEYS = {
    "suite": str, "case": str, "engine": str, "target": str, "flash": int, "ram": int, "stack": int,
    "instructions": int, "snr_db": float, "error": float, "agree": float, "note": str,
}  # fmt: skip


def rows_of(found):
    return {(row.engine.name, row.target): row for row in run.measured(found, found.engines, quiet)}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Of six engines on two cores."""
    folder = tmp_path_factory.mktemp("numbers")
    made = [
        engine(folder, "doubled", "ours", "size"),
        engine(folder, "off_by_one", "rough"),
        engine(folder, "crash", "broken"),
        engine(folder, "deep", "deep", answer=lambda told: np.where(told["y"] == 10, np.nan, told["y"])),
        engine(folder, "deep", "deeper"),
        engine(folder, "nothing", "empty", inputs=lambda _run: {}, outputs={}, answer=lambda _told: np.zeros(4)),
    ]
    return rows_of(suite(folder, *made))


@ARM
def test_what_is_counted(rows):
    ours, deep = rows["ours-size", "cortex-m0plus"].figures, rows["deeper-Os", "cortex-m0plus"].figures
    assert ours.verdict == Verdict(snr_db=None, error=0.0)
    assert 10 < ours.instructions < 50
    assert ours.ram == 2 * 4 * 4 + ours.stack
    assert 256 <= deep.stack < 320
    assert deep.ram - deep.stack == 2 * 4 * 4 + 25 * 4
    rough = rows["rough-Os", "cortex-m0plus"].figures
    assert 1000 <= rough.flash - ours.flash < 1050, "its constants are in flash"
    assert rough.ram - rough.stack == ours.ram - ours.stack, "and not in RAM"
    assert 0 < ours.flash < 60
    empty = rows["empty-Os", "cortex-m0plus"].figures
    assert (empty.flash, empty.ram, empty.stack, empty.instructions) == (0, 0, 0, 1), "the frame is not counted"


@ARM
def test_every_run_starts_after_a_reset(rows):
    assert rows["deeper-Os", "cortex-m4f"].figures.verdict.error == 0.0


@ARM
def test_wrong_answers_are_shown_with_their_error(rows):
    verdict = rows["rough-Os", "cortex-m4f"].figures.verdict
    assert verdict.error == 1.0
    assert verdict.snr_db == pytest.approx(10 * np.log10(4 * (1 + 4 + 9 + 16) / 2))


@ARM
def test_an_answer_that_is_no_number_is_said(rows):
    row = rows["deep-Os", "cortex-m4f"]
    assert row.figures.verdict.error is None
    assert "no number" in row.as_json()["note"]


@ARM
def test_an_engine_that_crashes_is_a_row_without_figures(rows):
    said = rows["broken-Os", "cortex-m0plus"].as_json()
    assert "did not finish" in said["note"]
    assert said["instructions"] is said["flash"] is said["snr_db"] is None


@ARM
def test_an_engine_that_cannot_be_built_stops_the_run(tmp_path):
    with pytest.raises(UserError, match=r"(?s)rough-Os, cortex-m0plus: .*nothing"):
        rows_of(suite(tmp_path, engine(tmp_path, "refused", "rough")))


@ARM
def test_a_peer_from_its_package(tmp_path, monkeypatch):
    data = archive(PEER)
    wanted = pin(tmp_path, data)
    (tmp_path / wanted.archive).write_bytes(data)
    monkeypatch.setenv(fetch.DOWNLOADS, str(tmp_path))
    monkeypatch.setattr(run, "bring", lambda held: fetch.bring(held, tmp_path / "home"))
    home = fetch.place(wanted, tmp_path / "home")
    peer = engine(tmp_path, "peer", "peer", flags=["-O2", f"-I{home}"])
    peer = engine(tmp_path, "peer", "peer", flags=peer.flags, sources=[*peer.sources, home / "peer.c"])
    found = rows_of(suite(tmp_path, peer, needs=[wanted]))
    assert {row.figures.verdict.error for row in found.values()} == {0.0}


@ARM
def test_the_whole_run_shows_and_publishes_and_says_what_failed(tmp_path, monkeypatch, capsys):
    made = [engine(tmp_path, name, family, setting) for name, family, setting in
            (("doubled", "ours", "size"), ("off_by_one", "rough", "Os"), ("crash", "broken", "Os"))]  # fmt: skip
    monkeypatch.setattr(run, "find_suite", lambda _name: suite(tmp_path, *made))
    monkeypatch.setattr(report, "ROOT", tmp_path)
    (tmp_path / "README.md").write_text("# Ours\n")
    found, failed = run.bench("numbers", "", publish=True, show=True)
    assert len(found) == 6
    assert [text.split(": it did not")[0] for text in failed] == [
        f"double-4, broken-Os, {core}" for core in ("cortex-m0plus", "cortex-m4f")
    ]
    said = capsys.readouterr().out
    page = (tmp_path / "docs" / "bench_numbers.md").read_text()
    for name in ("ours-size", "rough-Os", "broken-Os"):
        assert name in said
        assert f"| `{name}` |" in page
    assert "`broken`: it did not finish" in page
    assert (tmp_path / "docs" / "bench_numbers.png").read_bytes().startswith(b"\x89PNG")
    assert "](docs/bench_numbers.md)" in (tmp_path / "README.md").read_text()


def test_the_order_is_the_cases_ours_first(tmp_path):
    made = [engine(tmp_path, "doubled", family, case=name) for family in ("rough", "ours") for name in ("b", "a")]
    found = suite(tmp_path, *made, cases=[case("a"), case("b")])
    assert [(e.case, e.family) for e in run.chosen(found, "")] == [
        ("a", "ours"), ("a", "rough"), ("b", "ours"), ("b", "rough"),
    ]  # fmt: skip


def test_an_empty_selection_is_an_error(tmp_path):
    with pytest.raises(UserError, match="no case of numbers has 'fft' in its name; there are: double-4"):
        run.chosen(suite(tmp_path), "fft")


def test_a_part_is_not_published(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "find_suite", lambda _name: suite(tmp_path))
    with pytest.raises(UserError, match="without --only"):
        run.bench("numbers", "double", publish=True, show=False)


@pytest.mark.parametrize("arguments", [["--suite", "nonsense"], ["--only", "nonsense"]])
def test_what_is_not_there_ends_with_status_2_and_what_there_is(arguments):
    line = [sys.executable, "-m", "invoke", "bench", *arguments]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert re.search(r"inv: .*'nonsense'.*there are: .*\b(dsp|rfft-64)\b", done.stderr)
    assert done.stdout == ""


def test_json_has_every_key_and_null_for_what_was_not_measured(tmp_path):
    held = engine(tmp_path, "doubled", "ours", "size", note="a remark")
    full = Row("s", held, "t", Figures(1, 2, 3, 4, Verdict(50.123456, 0.123456, 0.98765, "a verdict")))
    said = json.loads(json.dumps(full.as_json()))
    assert {key: type(value) for key, value in said.items()} == KEYS
    assert said["note"] == "a verdict; a remark"
    assert (said["snr_db"], said["error"], said["agree"]) == (50.1, 0.1235, 0.9877)
    empty = Row("s", held, "t", Figures(), "it did not finish").as_json()
    assert list(empty) == list(KEYS)
    assert [key for key, value in empty.items() if value is None] == list(KEYS)[4:11]


def test_signal_to_noise_is_of_the_worst_run():
    right = [np.array([3.0, 4.0]), np.array([300.0, 400.0]), np.zeros(2)]
    found = signal_to_noise([right[0] + [0.5, 0], right[1] + [0, 0.1], right[2]], right)
    assert found == Verdict(snr_db=pytest.approx(20.0), error=0.5)
    assert signal_to_noise(right, right) == Verdict(None, 0.0)
    assert signal_to_noise([np.array([2.0, 0.0])], [np.zeros(2)]) == Verdict(None, 2.0), "noise in silence is an error"
    assert signal_to_noise([np.array([np.nan, 4.0])], right[:1]).note


def test_agreement_is_the_share_of_runs():
    right = [np.array([1]), np.array([2]), np.array([3]), np.array([4])]
    assert agreement([*right[:3], np.array([0])], right).agree == 0.75


def made(folder, family, setting, target="cortex-m4f", **figures):
    """A row without a run."""
    verdict = Verdict(snr_db=figures.pop("snr_db", None), error=1.0)
    return Row("numbers", engine(folder, "doubled", family, setting), target, Figures(**figures, verdict=verdict))


def test_the_best_of_each_figure_is_compared_and_a_peer_ahead_is_said(tmp_path):
    rows = [
        made(tmp_path, "ours", "size", instructions=100, flash=500, ram=90, snr_db=60.0),
        made(tmp_path, "ours", "speed", instructions=1, flash=1, ram=1, snr_db=99.0),
        made(tmp_path, "fast", "O3", instructions=80, flash=900, ram=90, snr_db=40.0),
        made(tmp_path, "fine", "Os", instructions=300, flash=400, snr_db=90.0),
        made(tmp_path, "broken", "Os"),
    ]
    found = suite(tmp_path)
    best = {measure: best_peer(rows, "double-4", "cortex-m4f", measure) for measure in (INSTRUCTIONS, FLASH, SNR)}
    assert [row.engine.name for row in best.values()] == ["fast-O3", "fine-Os", "fine-Os"]
    said = {measure.name: list(ahead(found, rows, measure)) for measure in MEASURES}
    assert [len(sentences) for sentences in said.values()] == [1, 1, 0, 1, 0], "RAM is a tie"
    assert (
        said["instructions"][0]
        == "`fast` on cortex-m4f, 80 instructions against 100 (40.0 dB against 60.0): `double-4`."
    )
    assert said["flash"][0] == "`fine` on cortex-m4f, 400 B against 500 (90.0 dB against 60.0): `double-4`."
    assert said["snr_db"][0] == "`fine` on cortex-m4f, 90.0 dB against 60.0: `double-4`."
    rows += [made(tmp_path, "ours-block", "size", instructions=200), made(tmp_path, "fast", "O2", instructions=70)]
    assert list(ahead(found, rows, INSTRUCTIONS)) == [
        "`fast` on cortex-m4f, 70 instructions against 100 … 200: `double-4`."
    ]
    rows = rows[:-2]
    text = report.page(found, rows, "x.png")
    assert all(f"- {sentence}" in text for sentences in said.values() for sentence in sentences)
    assert "| `double-4` | M4F | `ours-size` | 100 | 80 `fast-O3` | 1.25 | 500 | 400 `fine-Os` | 1.25 |" in text
    assert "| `fast` 80 |" in report.short_table(found, rows)


def test_a_suite_of_answers_right_or_wrong_has_its_column_and_a_picture_of_flash(tmp_path, monkeypatch):
    rows = [
        Row(
            "numbers",
            engine(tmp_path, "doubled", family, "size"),
            "cortex-m4f",
            Figures(1, 2, 3, 4, Verdict(agree=share)),
        )
        for family, share in (("ours", 1.0), ("rough", 0.851))
    ]
    monkeypatch.setattr(report, "ROOT", tmp_path)
    (tmp_path / "README.md").write_text("# Ours\n")
    assert report.publish(suite(tmp_path), rows) == ["docs/bench_numbers.md", "docs/bench_numbers.png", "README.md"]
    assert "![Flash against instructions](docs/bench_numbers.png)" in (tmp_path / "README.md").read_text()
    assert "| four numbers doubled | 1 | – | 4 | – |" in (tmp_path / "README.md").read_text()
    assert "| 1.000 | 0.851 `rough-size` |" in (tmp_path / "docs" / "bench_numbers.md").read_text()


def test_without_a_peer_the_page_says_so(tmp_path):
    rows = [made(tmp_path, "ours", "size", instructions=100, flash=500, ram=90, snr_db=60.0)]
    assert "No peer has: four numbers doubled." in report.page(suite(tmp_path), rows, "x.png")


def test_the_picture_shows_each_family_at_its_fastest(tmp_path):
    rows = [
        made(tmp_path, "ours", "size", instructions=100, snr_db=60.0),
        made(tmp_path, "ours", "speed", instructions=50, snr_db=60.0),
        made(tmp_path, "fast", "O3", instructions=80, snr_db=40.0),
        made(tmp_path, "fast", "O2", instructions=90, snr_db=40.0),
        made(tmp_path, "broken", "Os"),
        made(tmp_path, "other", "Os", target="cortex-m0plus", instructions=1, snr_db=40.0),
    ]
    assert [row.engine.name for row in points(rows, "cortex-m4f")] == ["ours-size", "fast-O3"]
