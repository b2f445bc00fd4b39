"""Pages whose Python is run: the blocks of a page in order, in one namespace, what they print compared with what it shows.

`python -m orchestrator.pages docs/front_end.md` runs a page; with `--publish` what it prints is written into it, and the pictures that it
shows are put beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from fieldmouse.build import WORKSPACE
from orchestrator.project import UserError

_BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^)]+\.png)\)")


def pictures(page: Path) -> list[str]:
    """The PNGs that a page shows."""
    return _PICTURE.findall(page.read_text(encoding="utf-8"))


def run(page: Path, folder: Path, publish: bool = False) -> int:
    """Run the page's `python` blocks in `folder`, where they leave their files; the number of blocks.

    A `text` block right after one is what it prints; with `publish` it is rewritten where it is not. Raises UserError for a block
    that fails or prints something else.
    """
    text = page.read_text(encoding="utf-8")
    os.environ.setdefault("MPLCONFIGDIR", str(WORKSPACE / "cache" / "matplotlib"))
    os.environ["MPLBACKEND"] = "Agg"
    space: dict[str, object] = {"__name__": page.stem}
    blocks = list(_BLOCK.finditer(text))
    made = text
    with contextlib.chdir(folder):
        for found in blocks:
            line = text.count("\n", 0, found.start()) + 2
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                try:  # the empty lines make errors name the page's
                    exec(compile("\n" * (line - 1) + found[1], str(page), "exec"), space)
                except Exception as error:
                    raise UserError(f"{page.name}: the block at line {line} fails: {error!r}") from error
            if publish and found[2] is not None:
                made = made.replace(found[0], f"{found[0][: found.start(2) - found.start()]}{out.getvalue()}```\n")
            elif out.getvalue() != (found[2] or ""):
                raise UserError(
                    f"{page.name}: the block at line {line} prints\n{out.getvalue()}not what the page shows"
                )
    if not blocks:
        raise UserError(f"{page.name} has no python block")
    if made != text:
        page.write_text(made, encoding="utf-8")
    return len(blocks)


def main(arguments: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m orchestrator.pages", description="Run a page's Python blocks.")
    parser.add_argument("page", type=Path)
    parser.add_argument(
        "--publish", action="store_true", help="write what it prints into it, and put its pictures beside it"
    )
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            blocks = run(options.page.resolve(), Path(folder), options.publish)
            for name in pictures(options.page) if options.publish else []:
                shutil.copyfile(Path(folder) / name, options.page.parent / name)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.page.name}: {blocks} blocks ran and print what the page shows")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
