"""The apps' own cases on the step function in this process, and what a case's checker must not let pass."""

from __future__ import annotations

import pytest

from fieldmouse.app import App
from orchestrator.prebuild import model_folder
from orchestrator.project import envs
from orchestrator.spec import Case, cases, check, recording
from orchestrator.training import refresh

ROWS = [
    pytest.param(app, variant, case, id=f"{app}-{variant}-{case.id}".replace("--", "-"))
    for app, variant in sorted({(env.app, env.variant) for env in envs()})
    for case in cases(app, variant)
    if not case.lines
]


@pytest.fixture(scope="session")
def compiled():
    found: dict[tuple[str, str], App] = {}

    def get(app: str, variant: str) -> App:
        if (app, variant) not in found:
            refresh(app, variant)
            found[app, variant] = App(app, model_folder(app, variant) / "include", variant)
        return found[app, variant]

    return get


@pytest.mark.parametrize(("app", "variant", "case"), ROWS)
def test_spec_on_the_step_function(compiled, app: str, variant: str, case: Case) -> None:
    assert check(case, compiled(app, variant).run(recording(case)).reports) == []


@pytest.mark.parametrize("app", sorted({env.app for env in envs()}))
def test_every_class_has_a_case(compiled, app: str) -> None:
    named = {row["where"]["class"] for case in cases(app) for row in case.expect if "class" in row.get("where", {})}
    assert set(compiled(app, "").classes) <= named


def case(**expect) -> Case:
    return Case("x", "x", "x", (), (), [{"ev": "window", **expect}])


REPORTS = [{"ev": "window", "class": "a", "fx": "0001"}, {"ev": "window", "class": "b", "fx": "0002"}, {"ev": "fault"}]


@pytest.mark.parametrize(
    ("expect", "holds"),
    [
        ({"where": {"class": "a"}, "count": 1}, True),
        ({"where": {"class": "a"}, "count": 2}, False),
        ({"where": {"class": "a"}, "share": 0.5}, True),
        ({"where": {"class": "a"}, "share": 0.6}, False),
        ({"at_least": 2}, True),
        ({"at_least": 3}, False),
        ({"last": {"fx": "0002"}}, True),
        ({"last": {"fx": "0001"}}, False),
        ({}, False),
    ],
)
def test_the_checker_sees_what_does_not_hold(expect: dict, holds: bool) -> None:
    assert (check(case(**expect), REPORTS) == []) == holds
    assert check(case(**{"share": 0.5}), []) != []


def test_fixtures_last_half_a_minute() -> None:
    for app in {env.app for env in envs()}:
        for row in cases(app):
            if not row.lines:
                assert recording(row).seconds >= 30, row.name


@pytest.mark.parametrize("app", sorted({env.app for env in envs()}))
def test_fx_moves_with_every_feature(compiled, app: str) -> None:
    """So a case that pins `fx` fails when any one feature changes by one."""
    one = compiled(app, "")
    pinned = [case for case in cases(app) if any("fx" in row.get("last", {}) for row in case.expect)]
    assert pinned
    for case in pinned:
        vector = one.run(recording(case)).vectors[-1]
        for at in range(len(vector)):
            changed = vector.copy()
            changed[at] += 1
            assert one.fx(changed) != one.fx(vector)
