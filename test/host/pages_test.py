"""Pages whose Python is run: docs/front_end.md and docs/convert.md themselves, and that a page which is untrue is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.pages import main, pictures, run
from orchestrator.project import ROOT, UserError

PAGE = ROOT / "docs" / "front_end.md"


def test_the_page_does_what_it_shows_and_draws_its_picture(tmp_path: Path) -> None:
    assert run(PAGE, tmp_path) >= 4
    (picture,) = pictures(PAGE)
    for drawn in (tmp_path / picture, PAGE.parent / picture):
        assert drawn.read_bytes().startswith(b"\x89PNG")
        assert 20_000 < drawn.stat().st_size <= 200_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alarm.wav", picture]


def test_the_page_of_conversion_prints_what_it_shows(tmp_path: Path) -> None:
    assert run(ROOT / "docs" / "convert.md", tmp_path) >= 4


def page(folder: Path, *blocks: str) -> Path:
    path = folder / "page.md"
    path.write_text("# Page\n\n" + "\n".join(blocks))
    return path


def python(code: str, said: str | None = None) -> str:
    shown = "" if said is None else f"\n```text\n{said}\n```\n"
    return f"Words.\n\n```python\n{code}\n```\n{shown}"


def test_blocks_share_names_and_files(tmp_path: Path) -> None:
    path = page(
        tmp_path, python("a = 2\nopen('x.png', 'w').write('drawn')"), python("print(a + 1)", "3"), "![p](x.png)\n"
    )
    assert main([str(path), "--publish"]) == 0
    assert (tmp_path / "x.png").read_text() == "drawn"


def test_publishing_writes_what_is_printed_where_something_is_shown(tmp_path: Path) -> None:
    path = page(tmp_path, python("print(1)", "2"), python("print(1)\nprint(3)", "2"), python("a = 4"), "More words.\n")
    assert main([str(path)]) == 1
    assert main([str(path), "--publish"]) == 0
    (tmp_path / "told").mkdir()
    told = page(
        tmp_path / "told",
        python("print(1)", "1"),
        python("print(1)\nprint(3)", "1\n3"),
        python("a = 4"),
        "More words.\n",
    )
    assert path.read_text() == told.read_text()
    assert main([str(path)]) == 0


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        ([python("a = 1"), python("print(a)", "2")], "line 12 prints"),
        ([python("print(1)")], "line 6 prints"),
        ([python("a = 1"), python("1 / 0")], "line 12 fails: ZeroDivisionError"),
        ([python("def f(:")], "line 6 fails: SyntaxError"),
        (["Words.\n"], "no python block"),
    ],
)
def test_an_untrue_page_is_found_out(
    blocks: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = page(tmp_path, *blocks)
    with pytest.raises(UserError, match=why):
        run(path, tmp_path)
    assert main([str(path)]) == 1
    assert why in capsys.readouterr().err
