"""What a person can choose of a conversion; the help of each field is the help of its flag of `inv convert`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from numbers import Integral
from typing import Any

from orchestrator.convert.errors import ConvertError

ENGINES = ("emlearn", "compact")  # an env links one of them; each has a folder of that name in lib/
MEMBERS = ("classify", "regress", "score")  # of model_t
CHOICES = {"engine": ("auto", *ENGINES), "optimize": ("size", "speed"), "vote": ("soft", "hard")}


def _option(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class Options:
    """How to convert a model. The defaults are the smallest form that answers as scikit-learn.

    `leaves`, `leaf_steps`, `threshold_bits` and `max_bytes` change a model of trees on purpose, a copy of it: the answers are exactly
    those of the changed estimator, and the report has its agreement with the fitted one.
    """

    engine: str = _option(
        "auto", "auto, emlearn or compact; auto is the smaller that holds the model, at equal answers"
    )
    optimize: str = _option("size", "size or speed: what the engine's layout is for")
    code_levels: int | None = _option(
        None,
        "of trees: as many splits become code as so many top levels have, where it pays most; else as --optimize says",
    )
    vote: str = _option(
        "soft", "soft or hard: soft averages the trees' proportions as scikit-learn, hard counts one vote a tree"
    )
    leaves: int | None = _option(None, "cluster the leaves of a voting ensemble, by k-means, to so many rows")
    leaf_steps: int | None = _option(
        None, "round its leaves to multiples of 1/this, a power of two; else they stay as they are, with --leaves 16ths"
    )
    probabilities: bool = _option(
        True, "whether a classifier's code has any; else it says 255 for the class and 0 for the others"
    )
    members: tuple[str, ...] | None = _option(
        None, "which answers are converted, of classify, regress and score; without it all that the model has"
    )
    nonnegative: bool = _option(
        False, "the app promises features of 0 … 32767: shorter branches; below 0 the answer is another leaf's"
    )
    threshold_bits: int | None = _option(
        None, "move thresholds to a grid of at most 2^this a feature; with 8 a split takes 3 bytes"
    )
    max_bytes: int | None = _option(
        None, "prune trees, where it costs least on the training rows, until the tables take at most so many bytes"
    )

    def __post_init__(self) -> None:
        for name, fine in CHOICES.items():
            if getattr(self, name) not in fine:
                raise ConvertError(f"{name} is {getattr(self, name)!r}: choose one of {', '.join(fine)}")
        for name in ("code_levels", "leaves", "leaf_steps", "threshold_bits", "max_bytes"):
            if not isinstance(getattr(self, name), Integral | None):
                raise ConvertError(f"{name} is {getattr(self, name)!r}: choose a whole number, or None")
        if self.code_levels is not None and self.code_levels < 0:
            raise ConvertError(f"code_levels is {self.code_levels}: choose 0 or more, or None")
        if self.leaves is not None and self.leaves < 2:
            raise ConvertError(f"leaves is {self.leaves}: choose 2 or more, or None for all")
        if self.leaf_steps is not None and self.leaf_steps not in [2**k for k in range(1, 16)]:
            raise ConvertError(f"leaf_steps is {self.leaf_steps}: choose a power of two from 2 to 32768, or None")
        if self.threshold_bits is not None and not 1 <= self.threshold_bits <= 15:
            raise ConvertError(f"threshold_bits is {self.threshold_bits}: choose 1 to 15, or None for all thresholds")
        if self.max_bytes is not None and self.max_bytes < 1:
            raise ConvertError(f"max_bytes is {self.max_bytes}: choose 1 or more, or None for no limit")
        if self.members is not None and (not self.members or not set(self.members) <= set(MEMBERS)):
            raise ConvertError(f"members is {self.members!r}: choose some of {', '.join(MEMBERS)}, or None for all")


def options_from(chosen: Mapping[str, Any]) -> Options:
    """Options of which some fields are given by name. Raises ConvertError for a name that there is not."""
    known = [field.name for field in fields(Options)]
    for name in chosen:
        if name not in known:
            raise ConvertError(f"a conversion has no option {name!r}; there are: {', '.join(known)}")
    return Options(**{name: tuple(value) if isinstance(value, list) else value for name, value in chosen.items()})
