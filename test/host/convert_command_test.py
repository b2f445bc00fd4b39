"""`inv convert`: a fitted estimator from a file, the options as flags, what a person is told, and that a failure changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path
from threading import Event
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

import orchestrator.training
from fieldmouse import build
from fieldmouse.blob import Blob
from fieldmouse.model import Model
from orchestrator import report
from orchestrator.convert import ConvertError, ModelFacts, Options, Quantiser, check, convert, flash, snap
from orchestrator.convert.command import Order, convert_file
from orchestrator.flags import flag_help, parsed
from orchestrator.project import ROOT, UserError
from orchestrator.training import Choice


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A pipeline that takes floats, and its rows."""
    x, y = load_iris(return_X_y=True)
    model = make_pipeline(Quantiser(), RandomForestClassifier(5, max_depth=4, random_state=0)).fit(x, y)
    joblib.dump(model, tmp_path / "iris.joblib")
    np.savetxt(tmp_path / "rows.csv", x, delimiter=",", header="a,b,c,d", comments="")
    return {"model": str(tmp_path / "iris.joblib"), "calibration": str(tmp_path / "rows.csv")}


def inv(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "invoke", "convert", *words], cwd=ROOT, capture_output=True, text=True, timeout=300
    )


def test_a_file_converts_with_flags(files: dict[str, str], tmp_path: Path) -> None:
    words = [word for name, value in files.items() for word in (f"--{name}", value)]
    to = tmp_path / "out"
    done = inv(
        *words,
        "--to",
        str(to),
        "--max-bytes",
        "200",
        "--threshold-bits",
        "8",
        "--classes",
        "setosa,versi,virgin",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    outcome = said["outcomes"][said["engine"]]
    assert outcome["tables"] <= 200 < outcome["flash"]
    assert outcome["measured"]["rows"] == 150
    compiled, pipeline = Model(to, "iris", said["engine"]), joblib.load(files["model"])
    x, _ = load_iris(return_X_y=True)
    agree = (compiled.classify(pipeline[0].transform(x))[0] == pipeline.predict(x)).mean()
    assert agree == outcome["measured"]["fitted"]
    assert compiled.hash == said["hash"]


def test_a_failure_says_what_to_do_and_leaves_the_folder(files: dict[str, str], tmp_path: Path) -> None:
    words = [word for name, value in files.items() for word in (f"--{name}", value)]
    convert_file(Order(**files, to=str(tmp_path / "out")), Options())
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    done = inv(*words, "--to", str(tmp_path / "out"), "--max-bytes", "3")
    assert (done.returncode, done.stdout) == (2, "")
    assert "inv: max_bytes is 3, and even without any split" in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert inv("--leaves", "many").stderr == "inv: --leaves many: give a whole number\n"


def wrong(folder: Path) -> dict[str, tuple[dict[str, str], str]]:
    """What a person may get wrong, and what they are told."""
    x, y = load_wine(return_X_y=True)
    np.save(folder / "floats.npy", x)
    np.save(folder / "ten.npy", np.zeros((4, 10)))
    np.save(folder / "nan.npy", np.where(x == x[0, 0], np.nan, x))
    (folder / "words.csv").write_text("1,2,3\nred,green,blue\n")
    (folder / "text.joblib").write_text("no joblib file")
    (folder / "mine").mkdir()
    (folder / "mine" / "thesis.txt").write_text("years of work")
    joblib.dump({"a": 1}, folder / "dict.joblib")
    joblib.dump(RandomForestClassifier(), folder / "unfitted.joblib")
    joblib.dump(SVC().fit(x, y), folder / "svc.joblib")
    joblib.dump(RandomForestClassifier(2, random_state=0).fit(x, y), folder / "forest.joblib")
    forest = {"model": "forest.joblib"}
    return {
        "no model": ({"model": "none.joblib"}, "there is no such file; write one with joblib.dump"),
        "no joblib": ({"model": "text.joblib"}, "cannot be loaded"),
        "another object": ({"model": "dict.joblib"}, "holds a dict, no scikit-learn estimator"),
        "not fitted": ({"model": "unfitted.joblib"}, "is not fitted: call fit first"),
        "another kind": ({"model": "svc.joblib"}, "SVC cannot be converted .*these can: "),
        "floats": (forest, "begin the pipeline with a Quantiser"),
        "no rows": ({**forest, "calibration": "none.npy"}, "there is no such file; numpy.save"),
        "rows not given": ({**forest, "calibration": ""}, "--calibration is missing"),
        "other rows": ({**forest, "calibration": "ten.npy"}, r"the shape \[4, 10\], and the model takes rows of 13"),
        "missing values": ({**forest, "calibration": "nan.npy"}, "values that are no numbers"),
        "words": ({**forest, "calibration": "words.csv"}, "cannot be read"),
        "another format": ({**forest, "calibration": "forest.joblib"}, "come as .npy or .csv"),
        "no place": ({**forest, "to": ""}, "--to DIR is missing"),
        "a folder in use": ({**forest, "to": "mine"}, "holds thesis.txt, which no conversion wrote"),
        "a file": ({**forest, "to": "text.joblib"}, "is a file: name a folder"),
        "a name": ({**forest, "name": "9 lives"}, "C names begin with it"),
        "classes": ({**forest, "classes": "a,b"}, "names 2, and the model has 3: 0, 1, 2"),
        "no folder": ({**forest, "blob": "none/x.blob"}, "there is no folder"),
    }  # fmt: skip


def test_what_is_wrong_is_said_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for given, message in wrong(tmp_path).values():
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(ConvertError, match=message):
            convert_file(Order(**{"calibration": "floats.npy", "to": "out", **given}), Options())
        assert sorted(tmp_path.rglob("*")) == before


def test_a_loadable_model_and_a_model_whose_classes_have_no_names(files: dict[str, str], tmp_path: Path) -> None:
    done = convert_file(Order(**files, blob=str(tmp_path / "iris.blob")), Options())
    assert done.report is None
    written = (tmp_path / "iris.blob").read_bytes()
    assert done.as_json()["blob"]["bytes"] == len(written)
    assert Blob(written).members == ["classify"]
    x = np.random.default_rng(0).normal(size=(200, 3))
    joblib.dump(make_pipeline(Quantiser(), GaussianMixture(2, random_state=0)).fit(x), tmp_path / "two.joblib")
    np.save(tmp_path / "x.npy", x)
    order = Order(str(tmp_path / "two.joblib"), str(tmp_path / "x.npy"), str(tmp_path / "out"))
    done = convert_file(order, Options(engine="compact"))
    assert '{"c0"}, {"c1"}' in (tmp_path / "out" / "compact_models.h").read_text()


def test_a_table_of_a_conversion_is_shown(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report.convert("", "", {**files, "to": str(tmp_path / "out")}, {"vote": "hard"}, show=True)
    said = capsys.readouterr().out
    for words in ("compact (chosen)", "of 150 rows", "other classes 0 ≤ 0 %", "emlearn does not hold it", "linked by"):
        assert words in said


def test_every_option_has_a_flag_that_is_explained() -> None:
    assert all(flag_help(Options).values())
    given = {field.name: "" for field in fields(Options)}
    given |= {"nonnegative": False, "probabilities": True}
    assert parsed(Options, given) == {}
    some = {"leaves": "12", "members": "classify,score", "vote": "hard", "probabilities": False}
    found = parsed(Options, {**given, **some})
    assert found == {"leaves": 12, "members": ("classify", "score"), "vote": "hard", "probabilities": False}
    with pytest.raises(UserError, match="--max-bytes 1k: give a whole number"):
        parsed(Options, {**given, "max_bytes": "1k"})


def test_an_app_keeps_the_options(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    wished: list[Choice | None] = []

    def refresh(_app: str, _variant: str, _say: object, wish: Choice | None) -> dict[str, str]:
        wished.append(wish)
        return {"hash": "", "agree": "", "rows": "", "agree_fitted": "", "engines": ["compact"]}

    monkeypatch.setattr(orchestrator.training, "refresh", refresh)
    monkeypatch.setattr(orchestrator.training, "held", lambda *_: Choice(data="d", options={"leaves": 9}))
    report.convert("cattle", "", {"to": ""}, {"vote": "hard"}, show=True)
    said = capsys.readouterr().out
    assert "cattle-nrf52840," in said and "cattle-py32f003" not in said and "-small" not in said
    assert "`inv train --app cattle --default` goes back" in said
    report.convert("cattle", "", {"to": ""}, {}, show=False)
    assert wished == [Choice(data="d", options={"vote": "hard"}), None]
    with pytest.raises(UserError, match="--to go with --model"):
        report.convert("cattle", "", {"to": "x"}, {}, show=False)
    with pytest.raises(UserError, match="give one of them"):
        report.convert("cattle", "", {"model": "x"}, {}, show=False)
    with pytest.raises(ConvertError, match="leaves is 1"):
        report.convert("cattle", "", {"to": ""}, {"leaves": 1}, show=False)


def forest(seed: int = 0) -> tuple[RandomForestClassifier, np.ndarray, ModelFacts]:
    x, y = load_wine(return_X_y=True)
    x = Quantiser().fit_transform(x)
    return snap(RandomForestClassifier(4, random_state=seed).fit(x, y)), x, ModelFacts("trial", "t", 1, list("abc"), 13)


def test_engines_are_compared_as_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, x, facts = forest()
    done = convert(model, facts, tmp_path / "out", x)
    assert done.compiler == flash.compilers()[0].name
    linked = {engine: outcome.flash for engine, outcome in done.outcomes.items()}
    assert done.engine == min(linked, key=linked.get) == "compact"
    assert all(outcome.tables < outcome.flash for outcome in done.outcomes.values())
    assert convert(model, facts, tmp_path / "out", x, Options(engine="compact")).compiler == ""
    zig = flash.compilers()[-1:]
    monkeypatch.setattr(flash, "compilers", lambda: zig)
    by_zig = convert(model, facts, tmp_path / "out", x)
    assert by_zig.compiler == "zig"
    assert all(0.8 < outcome.flash / linked[engine] < 1.25 for engine, outcome in by_zig.outcomes.items())
    monkeypatch.setattr(flash, "compilers", tuple)
    without = convert(model, facts, tmp_path / "out", x)
    assert without.compiler == ""
    assert without.engine == "compact"
    assert [outcome.flash for outcome in without.outcomes.values()] == [None, None]


@pytest.mark.parametrize("option", [{"vote": "hard"}, {"leaves": 4}, {"leaf_steps": 16}, {"max_bytes": 9}])
def test_an_option_for_trees_is_refused_by_what_has_none(option: dict[str, Any], tmp_path: Path) -> None:
    x, y = load_iris(return_X_y=True)
    joblib.dump(make_pipeline(Quantiser(), LogisticRegression(max_iter=1000)).fit(x, y), tmp_path / "line.joblib")
    np.save(tmp_path / "rows.npy", x)
    order = Order(str(tmp_path / "line.joblib"), str(tmp_path / "rows.npy"), str(tmp_path / "out"))
    with pytest.raises(ConvertError, match=r"is for trees, and LogisticRegression has none"):
        convert_file(order, Options(**option))
    assert not (tmp_path / "out").exists()


def test_a_loadable_model_tells_its_agreement_too(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = {**files, "to": str(tmp_path / "out"), "blob": str(tmp_path / "iris.fmb"), "name": "", "classes": ""}
    document = report.convert("", "", wish, {"vote": "hard", "probabilities": False}, show=True)
    said = " ".join(capsys.readouterr().out.split())
    assert f"agrees with the fitted: {document['blob']['measured']['fitted']:.4f} of 150 rows" in said
    assert "other classes 0" in said and "probabilities 0" not in said


@pytest.mark.parametrize("failing", ["emlearn", "compact"])
def test_one_engine_that_answers_wrong_does_not_take_the_other_along(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, x, facts = forest()
    right = check._check

    def broken(asked: Model, engine: str, *rest: object) -> check.Measured:
        if engine == failing:
            raise ConvertError(f"{engine} answers wrong")
        return right(asked, engine, *rest)

    monkeypatch.setattr(check, "_check", broken)
    done = convert(model, facts, tmp_path / "out", x)
    other = "compact" if failing == "emlearn" else "emlearn"
    assert (done.engine, list(done.outcomes)) == (other, [other])
    assert done.refused == {failing: f"{failing} answers wrong"}
    assert Model(tmp_path / "out", "trial", other).hash == done.hash
    assert f'#error "lib/{failing} cannot hold' in (tmp_path / "out" / f"{failing}_models.h").read_text()
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with pytest.raises(ConvertError, match=f"{failing} answers wrong"):
        convert(model, facts, tmp_path / "out", x, Options(engine=failing))
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_a_model_that_takes_forever_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, x, facts = forest(seed=int(time.time()))  # not one that was compiled before
    monkeypatch.setattr(build, "LIMIT_S", 1e-6)
    with pytest.raises(ConvertError, match=r"took more than 0 s to compile model-trial: convert it for size"):
        convert(model, facts, tmp_path / "out", x)
    monkeypatch.undo()
    monkeypatch.setattr(check, "LIMIT_S", 0.01)
    monkeypatch.setattr(check, "ROW_LIMIT_S", 0.0)
    monkeypatch.setattr(check, "_check", lambda *_: Event().wait(20))  # as C that answers late: nothing can stop it
    with pytest.raises(ConvertError, match="did not end within 0 s"):
        convert(model, facts, tmp_path / "out", x)
    assert not (tmp_path / "out").exists()
    with pytest.raises(ZeroDivisionError):
        check.within(9, lambda: 1 // 0, "a division")
