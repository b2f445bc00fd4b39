"""What can go wrong between an image and a board."""

from __future__ import annotations

from orchestrator.project import UserError


class FlashError(UserError):
    """The board was not flashed, or what runs on it is not what was flashed; the message says what to do."""
