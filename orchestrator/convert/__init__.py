"""A fitted scikit-learn model to the C that the firmware includes."""

from orchestrator.convert.forest import snap
from orchestrator.convert.header import ENGINES, ModelFacts, app_tables, engines_for, write_model, write_untrained

__all__ = ["ENGINES", "ModelFacts", "app_tables", "engines_for", "snap", "write_model", "write_untrained"]
