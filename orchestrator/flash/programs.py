"""Where a tool's program is: on PATH, or beside the running Python, where pip puts those of packages."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def find(*names: str) -> str | None:
    """The first of `names` that can be run."""
    beside = str(Path(sys.executable).parent)
    for name in names:
        found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), beside]))
        if found:
            return found
    return None
