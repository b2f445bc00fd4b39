"""A fitted model as bytes that a board loads into RAM: what lib/model/model_blob.h describes, written and proved."""

from orchestrator.convert.blob.write import KINDS, write_blob

__all__ = ["KINDS", "write_blob"]
