"""A fitted scikit-learn model to the C that the firmware includes."""

from orchestrator.convert.conversion import Report, convert, engines_for, write_model
from orchestrator.convert.ensemble import snap
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.header import ModelFacts, app_tables, write_untrained
from orchestrator.convert.options import ENGINES, Options, options_from
from orchestrator.convert.quantise import Quantiser

__all__ = [
    "ENGINES",
    "ConvertError",
    "ModelFacts",
    "Options",
    "Quantiser",
    "Report",
    "app_tables",
    "convert",
    "engines_for",
    "options_from",
    "snap",
    "write_model",
    "write_untrained",
]
