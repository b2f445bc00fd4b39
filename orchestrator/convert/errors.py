"""What a conversion raises."""

from __future__ import annotations


class ConvertError(ValueError):
    """The model cannot be converted; the message says why and what can be."""


class TooLargeError(ConvertError):
    """The model is beyond what an engine can hold; the message says where."""
