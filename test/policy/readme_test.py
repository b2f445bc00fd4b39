"""Every command that the README shows, run in an empty clone; and the file that CI runs runs the README's test command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from orchestrator.project import ROOT

TEST_COMMAND = "./inv test"


def commands(text: str) -> list[str]:
    """The lines of the README's `sh` blocks, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


README = commands((ROOT / "README.md").read_text(encoding="utf-8"))


def test_the_test_command_is_what_ci_runs() -> None:
    assert TEST_COMMAND in README
    assert TEST_COMMAND in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tracked files and nothing else; the environment is the one that these tests run in."""
    folder = tmp_path_factory.mktemp("clone") / "fieldmouse"
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    for name in filter(None, files):
        target = folder / os.fsdecode(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / os.fsdecode(name), target)
    if (ROOT / ".venv" / "requirements.sha256").exists():  # otherwise ./inv makes the clone one of its own
        (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


@pytest.mark.parametrize("command", [line for line in README if line != TEST_COMMAND])
def test_readme_command(clone: Path, command: str) -> None:
    apart = ("FIELDMOUSE_MODELS", "PLATFORMIO_BUILD_DIR", "FIELDMOUSE_DATA")
    environment = {key: value for key, value in os.environ.items() if key not in apart}
    done = subprocess.run(
        ["bash", "-c", command], cwd=clone, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.strip()


def test_links_lead_somewhere() -> None:
    for page in ROOT.glob("**/*.md"):
        if any(part.startswith(".") for part in page.relative_to(ROOT).parts):
            continue
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"
