"""Peers' generators, imported from the folder that their source package was unpacked into."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2.ext import Extension

from orchestrator.bench.fetch import Pin, place, read_pin

HERE = Path(__file__).parent
PINS = {name: read_pin(HERE / name / "requirements.txt") for name in ("m2cgen", "micromlgen", "everywhereml")}


class MultiLineInclude(Extension):
    """Stands for jinja2_workarounds' extension of this name, which indents what is included: here it is not indented."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template without the words that only that extension knows."""
        return re.sub(r"(\{%-?\s*include\s+[^%]*?)\s+indent content", r"\1", source)


def _stand_in(name: str, **content: Any) -> None:
    if name not in sys.modules:
        module = ModuleType(name)
        module.__dict__.update(content)
        sys.modules[name] = module


def generator(pin: Pin, module: str) -> Any:
    """A module of a peer's package, as Python's import gives it.

    everywhereml imports what draws and collects data, which generating needs not: these names are stood in for.
    """
    if pin.name == "everywhereml":
        _stand_in("jinja2_workarounds", MultiLineInclude=MultiLineInclude)
        _stand_in("slugify", slugify=str)
        _stand_in("everywhereml.data")
        _stand_in("everywhereml.data.Dataset", Dataset=object)
    folder = str(place(pin))
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(module)
