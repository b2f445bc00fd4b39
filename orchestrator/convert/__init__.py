"""A fitted scikit-learn model to the C that the firmware includes."""

from orchestrator.convert.forest import snap
from orchestrator.convert.header import ModelFacts, write_model, write_untrained

__all__ = ["ModelFacts", "snap", "write_model", "write_untrained"]
