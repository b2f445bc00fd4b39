"""Python is ruff-clean, in rules and in form."""

from __future__ import annotations

import subprocess
import sys

import pytest

from orchestrator.project import ROOT


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=["rules", "form"])
def test_ruff_finds_nothing(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "ruff", *arguments, "."], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
