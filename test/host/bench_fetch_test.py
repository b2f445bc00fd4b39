"""A peer's sources: only the content that is pinned, and a plain word when it cannot be had."""

from __future__ import annotations

import subprocess
import sys

import pytest
from bench_support import PEER, archive, pin

from orchestrator.bench import fetch
from orchestrator.project import ROOT, UserError


@pytest.fixture
def peer(tmp_path, monkeypatch):
    """A pin, its package in the user's folder of downloads, and no pip."""
    data = archive(PEER)
    wanted = pin(tmp_path, data)
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / wanted.archive).write_bytes(data)
    monkeypatch.setenv(fetch.DOWNLOADS, str(tmp_path / "downloads"))
    monkeypatch.setattr(fetch, "_pip", lambda _pin, _folder: "there is no network")
    return wanted


def test_a_package_from_the_user_s_folder_is_unpacked_once(peer, tmp_path):
    found = fetch.bring(peer, tmp_path / "home")
    assert found == fetch.place(peer, tmp_path / "home")
    assert (found / "peer.c").read_text() == PEER["peer.c"]
    (tmp_path / "downloads" / peer.archive).unlink()
    assert fetch.bring(peer, tmp_path / "home") == found


def test_another_content_is_refused_and_leaves_nothing(peer, tmp_path):
    (tmp_path / "downloads" / peer.archive).write_bytes(archive({**PEER, "more.c": "int more;"}))
    with pytest.raises(UserError, match=f"not the package that this project knows.*wants {peer.sha256}"):
        fetch.bring(peer, tmp_path / "home")
    assert not fetch.place(peer, tmp_path / "home").exists()


def test_without_a_network_it_says_what_to_do(peer, tmp_path):
    (tmp_path / "downloads" / peer.archive).unlink()
    with pytest.raises(UserError, match=r"there is no network.*pip download .*peer==1\.0.*put it into \.fieldmouse"):
        fetch.bring(peer, tmp_path / "home")


def test_pip_brings_it_only_with_the_pinned_hash(peer, tmp_path, monkeypatch):
    commands = []

    def run(command, **_options):
        commands.append(command)
        folder = command[command.index("--dest") + 1]
        source = tmp_path / "downloads" / peer.archive
        (tmp_path.__class__(folder) / peer.archive).write_bytes(source.read_bytes())
        source.unlink()
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.undo()
    monkeypatch.setenv(fetch.DOWNLOADS, str(tmp_path / "none"))
    monkeypatch.setattr(subprocess, "run", run)
    assert (fetch.bring(peer, tmp_path / "home") / "peer.h").is_file()
    assert commands[0][:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--require-hashes", "--no-deps"} <= set(commands[0])


@pytest.mark.parametrize(
    "text", ["", "peer==1.0\n", "peer>=1.0 --hash=sha256:" + "0" * 64, 2 * ("a==1 --hash=sha256:" + "0" * 64 + "\n")]
)
def test_a_pin_is_one_package_with_one_hash(tmp_path, text):
    (tmp_path / "requirements.txt").write_text(text)
    with pytest.raises(UserError, match="must pin one package"):
        fetch.read_pin(tmp_path / "requirements.txt")


def test_the_suites_pins_are_exact():
    files = sorted((ROOT / "bench").glob("*/*/requirements.txt"))
    assert files
    assert all(len(fetch.read_pin(file).sha256) == 64 for file in files)
