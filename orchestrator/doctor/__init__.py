"""`inv doctor`: what is here, what is missing, and the command that mends it."""

from orchestrator.doctor.report import doctor

__all__ = ["doctor"]
