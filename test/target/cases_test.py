"""The app's own cases, apps/<app>/spec.yaml, on the board behind --port."""

from __future__ import annotations

import pytest

from orchestrator.link import Node
from orchestrator.project import envs
from orchestrator.spec import Case, cases, check, recording


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    wanted = metafunc.config.getoption("--env")
    found = [case for env in envs() if env.name == wanted for case in cases(env.app, env.variant)]
    metafunc.parametrize("case", found, ids=[case.id for case in found])


def test_spec(node: Node, case: Case) -> None:
    if case.lines:
        node.reset()
        for line in case.lines:
            node.send_raw(line.encode() + b"\n")
        reports = []
        while (got := node.line(1.0)) is not None:
            reports.append(got)
    else:
        reports = node.feed(recording(case))
    assert check(case, reports) == []
