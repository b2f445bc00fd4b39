"""A fitted scikit-learn model to the C that the firmware includes."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "ENGINES": "options",
    "ConvertError": "errors",
    "ModelFacts": "header",
    "Options": "options",
    "Quantiser": "quantise",
    "Report": "conversion",
    "app_tables": "header",
    "convert": "conversion",
    "engines_for": "conversion",
    "options_from": "options",
    "snap": "ensemble",
    "write_model": "conversion",
    "write_untrained": "header",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    """Loaded when asked for: the command line reads the options of a conversion, and is not to wait for scikit-learn."""
    if name not in _HOMES:
        raise AttributeError(f"{__name__} has no {name}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
