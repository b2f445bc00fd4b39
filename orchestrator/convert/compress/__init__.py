"""Tree models made smaller on purpose, before any engine sees them: a changed copy of the estimator is what is converted."""

from orchestrator.convert.compress.change import compressed, fitted_answers

__all__ = ["compressed", "fitted_answers"]
