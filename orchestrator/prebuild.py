"""Bring an app's generated headers up to date before a build; costs a twentieth of a second when it is.

Run by platform's pre-build script in the project's own Python: `python -m orchestrator.prebuild --app A --variant V`
prints the folder of the generated headers, then the folder of emlearn's. Only the standard library is imported until
there is something to do.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODELS = "FIELDMOUSE_MODELS"  # an environment variable that keeps another set of models apart: tests, demonstrations

# What a model's header depends on, beside the data: the C that computes features, its tables, its budget, and what trains and converts.
DEPENDS = (
    "apps/{app}/*.[ch]",
    "apps/{app}/dsp.toml",
    "apps/{app}/app.ini",
    "lib/dsp/*.[ch]",
    "lib/line/line_crc.[ch]",
    "lib/model/*.[ch]",
    "lib/emlearn/*.c",
    "lib/compact/*.[ch]",
    "lib/node/app.h",
    "lib/port/cpu*.h",
    "lib/port/rom.h",
    "models/{app}/*.py",
    "fieldmouse/**/*.py",
    "orchestrator/convert/**/*.py",
    "orchestrator/rows.py",
    "orchestrator/training.py",
    "requirements.txt",
)


def model_folder(app: str, variant: str) -> Path:
    """Where the model of an app's variant lives."""
    home = Path(os.environ.get(MODELS, ROOT / ".fieldmouse" / "models"))
    return home / (f"{app}-{variant}" if variant else app)


def digest(app: str, chosen: str, content: Callable[[Path], bytes] = Path.read_bytes) -> str:
    """A hash of everything that the model follows from; `chosen` is the choice of data as it stands in its file, `content` what counts of a
    file."""
    found = hashlib.sha256(chosen.encode())
    for pattern in DEPENDS:
        for path in sorted(ROOT.glob(pattern.format(app=app))):
            found.update(path.relative_to(ROOT).as_posix().encode())
            found.update(content(path))
    return found.hexdigest()


def choice(app: str, variant: str) -> str:
    """The choice that `inv train` made for this model, as JSON; empty where it never did, which means the simulator."""
    path = model_folder(app, variant) / "choice.json"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def up_to_date(app: str, variant: str) -> bool:
    """Whether the header is what training now would write."""
    stamp = model_folder(app, variant) / "stamp"
    return stamp.exists() and stamp.read_text(encoding="utf-8") == digest(app, choice(app, variant))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--app", required=True)
    parser.add_argument("--variant", default="")
    arguments = parser.parse_args()
    if not up_to_date(arguments.app, arguments.variant):
        from fieldmouse.build import ToolchainError
        from fieldmouse.recording import DataError
        from orchestrator.convert.errors import ConvertError
        from orchestrator.project import UserError
        from orchestrator.training import refresh

        try:
            refresh(arguments.app, arguments.variant)
        except (UserError, DataError, ToolchainError, ConvertError) as error:
            print(error, file=sys.stderr)
            return 2
    emlearn = find_spec("emlearn")
    if emlearn is None or not emlearn.submodule_search_locations:
        print("the package emlearn is not installed: run ./inv once, which installs it", file=sys.stderr)
        return 2
    print(model_folder(arguments.app, arguments.variant) / "include")
    print(emlearn.submodule_search_locations[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
