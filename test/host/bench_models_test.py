"""The suite `models`: its registry, its rows, its adapters without a network, and the page that was published of it."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from bench_support import published

from bench.models import cases, data
from bench.models.cmsis_nn import engines as cmsis_nn
from bench.models.packages import MultiLineInclude
from bench.models.rows import LEVELS, case_text
from bench.models.suite import suite
from orchestrator.bench import run, scatter, standing
from orchestrator.bench.compare import FLASH, INSTRUCTIONS, ahead, less_right, rival
from orchestrator.bench.contract import OURS, Figures, Row, Suite, Verdict
from orchestrator.progress import quiet
from orchestrator.project import ROOT, UserError

ARM = pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="needs arm-none-eabi-gcc")


@pytest.fixture(scope="module")
def found() -> Suite:
    """The suite; its models are fitted."""
    return suite()


def test_each_engine_has_a_name_of_its_own_and_a_case(found):
    names = [(engine.case, engine.name) for engine in found.engines]
    assert len(set(names)) == len(names)
    assert {case for case, _ in names} == {case.name for case in found.cases}


def test_each_case_has_both_settings_that_a_user_can_choose(found):
    for case in found.cases:
        shipped = {engine.setting for engine in found.engines if engine.shipped and engine.case == case.name}
        assert shipped >= {"size", "speed"}, case.name


def test_every_peer_has_the_same_allowance(found):
    for engine in (engine for engine in found.engines if not engine.ours):
        levels = [e.setting for e in found.engines if (e.case, e.family) == (engine.case, engine.family)]
        assert levels == list(LEVELS), (engine.case, engine.family)


def test_reach_is_of_cases_engines_and_targets_that_there_are(found):
    known = {(engine.case, engine.name) for engine in found.engines}
    assert set(found.reach) == {"instructions", "flash", "agree"}
    for reach in found.reach.values():
        for case, engines in reach.items():
            for engine, targets in engines.items():
                assert (case, engine) in known
                assert set(targets) <= set(found.targets)


def test_rows_are_int16_a_quarter_is_tested_and_all_of_it(found):
    for job in cases.JOBS:
        rows = data.rows(job.data)
        assert rows.train.dtype == rows.test.dtype == np.int16
        assert abs(len(rows.test) / (len(rows.train) + len(rows.test)) - 0.25) < 0.01
        assert len(found.case(job.name).runs) == len(found.case(job.name).right) == len(rows.test)
    assert np.ptp(data.rows("wine").train) == 2 * data.HALF_RANGE


def test_the_synthetic_forest_has_more_than_256_thresholds_a_feature():
    forest = next(job for job in cases.JOBS if job.data == "synthetic").model
    for feature in range(data.rows("synthetic").test.shape[1]):
        whole = {int(t // 1) for tree in forest.estimators_ for f, t in zip(tree.tree_.feature, tree.tree_.threshold, strict=True) if f == feature}  # fmt: skip
        assert len(whole) > 256


def test_a_peer_gets_what_the_estimator_sees():
    job = next(job for job in cases.JOBS if job.scaled)
    row = data.rows(job.data).test[0]
    assert np.allclose(job.floats(row), job.model[:-1].transform(row[None].astype(float))[0])
    assert job.estimator is job.model[-1]
    assert "#define FEATURE double\n" in case_text(job, "<f8", "<i4")


def test_what_is_right_and_how_answers_are_judged():
    envelope = next(job for job in cases.JOBS if job.kind == "envelope")
    assert set(np.unique(cases.right(envelope))) == {False, True}
    assert cases.judge([np.int64(1), np.int64(2)], [1, 3]).agree == 0.5
    verdict = cases.judge_numbers([np.float64(1.4), np.float64(4.0)], [1.0, 2.0])
    assert (verdict.agree, verdict.error) == (0.5, 2.0)
    assert "no number" in cases.judge_numbers([np.float64("nan")], [1.0]).note


def test_words_that_only_a_missing_extension_knows_are_left_out():
    text = "{% include 'tree' indent content %}{% include 'vote' %}"
    assert MultiLineInclude.preprocess(None, text, None) == "{% include 'tree' %}{% include 'vote' %}"


def test_cmsis_nn_has_rows_only_where_a_person_has_it(monkeypatch, tmp_path):
    monkeypatch.delenv(cmsis_nn.FOLDER, raising=False)
    assert list(cmsis_nn.engines(cases.JOBS)) == []
    monkeypatch.setenv(cmsis_nn.FOLDER, str(tmp_path))
    with pytest.raises(UserError, match="arm_fully_connected_s8"):
        list(cmsis_nn.engines(cases.JOBS))
    for name in cmsis_nn.USED:
        (tmp_path / "Source" / name).parent.mkdir(parents=True)
        (tmp_path / "Source" / name).write_text("")
    assert {engine.family for engine in cmsis_nn.engines(cases.JOBS)} == {"cmsis-nn"}


def test_the_int8_network_is_the_network():
    job = next(job for job in cases.JOBS if job.kind == "mlp")
    rows = data.rows(job.data).test.astype(int)
    for layer in cmsis_nn.quantised(job):
        assert np.abs(layer.weights).max() == 127
        sums = (rows - layer.input_zero) @ layer.weights.T + layer.biases
        low = layer.output_zero if layer.relu else -128
        rows = np.clip(np.round(sums * layer.factor) + layer.output_zero, low, 127).astype(int)
    assert (rows.argmax(1) == cases.right(job)).mean() > 0.98


def _row(found: Suite, name: str, flash: int, instructions: int, agree: float) -> Row:
    engine = next(engine for engine in found.engines if (engine.case, engine.name) == ("digits-forest", name))
    figures = Figures(flash, 10, 10, instructions, Verdict(agree=agree))
    return Row("models", engine, found.targets[0], figures)


def test_ahead_is_who_is_right_as_often(found, tmp_path):
    ours = _row(found, "ours-size", 100, 100, 0.99)
    wrong, equal = _row(found, "micromlgen-Os", 50, 50, 0.9), _row(found, "m2cgen-Os", 200, 90, 0.99)
    rows = [ours, wrong, equal]
    assert rival(rows, ours, INSTRUCTIONS) is equal
    assert less_right(rows, ours, FLASH) is wrong
    assert [text.split("`")[1] for text in ahead(found, rows, INSTRUCTIONS)] == ["m2cgen"]
    assert list(ahead(found, rows, FLASH)) == []
    assert [text.split("`")[1] for text in ahead(found, rows, FLASH, less_right)] == ["micromlgen"]
    scatter.draw(found, rows, tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_each_case_is_of_a_set_and_what_was_tuned_is_one(found):
    assert (
        {case.group for case in found.cases} == {"digits", "cancer", "wine", "diabetes", "synthetic"} > set(found.tuned)
    )


def test_standing_is_of_the_better_setting_and_sets_weigh_the_same(found):
    def row(case, name, flash, instructions, agree=1.0):
        engine = next(engine for engine in found.engines if (engine.case, engine.name) == (case, name))
        return Row("models", engine, found.targets[0], Figures(flash, 10, 10, instructions, Verdict(agree=agree)))

    rows = [
        row("digits-forest", "ours-size", 100, 600), row("digits-forest", "ours-speed", 900, 300),
        row("digits-forest", "m2cgen-Os", 400, 200), row("digits-forest", "micromlgen-Os", 1, 1, agree=0.9),
        row("digits-tree", "ours-size", 100, 100), row("digits-tree", "m2cgen-Os", 100, 100),
        row("wine-forest", "ours-size", 50, 50), row("wine-forest", "m2cgen-Os", 200, 100),
        row("digits-bayes", "ours-size", 9000, 1), row("digits-bayes", "ours-only-size", 5000, 1),
    ]  # fmt: skip
    said = standing.ahead(found, rows)
    assert "make 6 comparisons; no peer is ahead in 5." in said
    assert (
        "| `digits-forest` | M0+ | instructions | 300 `ours-speed` | 1.000 | 200 `m2cgen-Os` | 1.000 | 1.50 |" in said
    )
    assert "micromlgen" not in said, "its answers are not equal"
    narrow = replace(found, targets=found.targets[:1])
    lines = standing.sets(narrow, rows).splitlines()[2:]
    assert lines == [
        "| digits | 2 | 0.50 | 1.22 |", "| wine | 1 | 0.25 | 0.50 |",
        "| mean of the sets |  | 0.35 | 0.78 |", "| the same without digits |  | 0.25 | 0.50 |",
    ]  # fmt: skip
    assert "| random forest 10 × depth 8, digits | 100 | `m2cgen` 400 | 300 | `m2cgen` 200 |" in standing.short(
        narrow, rows
    )
    met = standing.reached(found, rows)
    assert met.startswith("7 of 8 are met")
    assert "| `digits-forest` | `ours-speed` | M0+ | flash | 10,600 | 900 | met |" in met
    assert "| `digits-bayes` | `ours-only-size` | M0+ | flash | 2,720 | 5,000 | **missed** |" in met
    assert "| Gaussian naive Bayes, digits | 5,000 | – | 1 | – |" in standing.short(narrow, rows), "of kin the best"


def test_a_picture_shows_of_each_engine_what_no_other_of_its_own_beats(found):
    rows = [_row(found, "ours-size", 100, 100, 1.0), _row(found, "ours-speed", 90, 100, 1.0),
            _row(found, "m2cgen-Os", 50, 100, 1.0), _row(found, "m2cgen-O2", 60, 90, 1.0)]  # fmt: skip
    rows += [_row(found, "ours-code3", 200, 110, 1.0), _row(found, "ours-hard-size", 1, 1, 0.9)]
    assert {row.engine.name for row in scatter.at_best(found, rows)} == {
        "ours-speed", "ours-hard-size", "m2cgen-Os", "m2cgen-O2",
    }  # fmt: skip


def test_the_published_page_has_the_rows_of_the_suite(found):
    """A changed suite wants a new page."""
    without = replace(found, engines=[engine for engine in found.engines if engine.family != "cmsis-nn"])
    text = published(without)
    for heading in ("Each set weighs the same", "What was to be reached", "Where a peer stays ahead at equal answers"):
        assert f"\n## {heading}\n" in text
    wanted = text.split("## What was to be reached")[1].split("\n## ")[0]
    for figure, cases_of in found.reach.items():
        for case, engines in cases_of.items():
            for engine in engines:
                assert re.search(rf"\| `{case}` \| `{engine}` \| M0\+ \| {figure} \|", wanted), (figure, case, engine)
    assert f"bench_{found.name}.md" in (ROOT / "bench" / "README.md").read_text(encoding="utf-8")


FEW = ("wine-forest", "diabetes-tree", "cancer-isolation", "digits-logistic")


@ARM
def test_our_rows_and_emlearns_are_measured_without_a_network(found):
    """A part, of one answer each: a class, an output, a score, and emlearn's trees mended and not."""
    chosen = [
        engine
        for engine in found.engines
        if engine.case in FEW and (engine.name == f"{OURS}-size" or (engine.family.startswith("emlearn") and engine.setting == "Os"))
    ]  # fmt: skip
    rows = run.measured(replace(found, needs=[], targets=("cortex-m4f",)), chosen, quiet)
    assert len(rows) == len(chosen) > 10
    for row in rows:
        assert not row.failure
        mended = not row.engine.name.endswith(("asis-Os", "float-Os"))
        assert row.figures.verdict.agree >= (0.99 if mended else 0.3), (row.engine.case, row.engine.name)
        assert row.figures.flash > 0
