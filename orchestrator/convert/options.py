"""What a person can choose of a conversion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from orchestrator.convert.errors import ConvertError

ENGINES = ("emlearn", "compact")  # an env links one of them; each has a folder of that name in lib/
CHOICES = {"engine": ("auto", *ENGINES), "optimize": ("size", "speed"), "vote": ("soft", "hard")}


@dataclass(frozen=True)
class Options:
    """How to convert a model. The defaults are the smallest form that answers as scikit-learn.

    engine: `auto` is the smaller of those that can hold the model, at equal answers. optimize: what the engine's layout
    is for. code_levels: how many top levels of a tree become code; None is what `optimize` says. vote: `soft` averages
    the trees' proportions as scikit-learn, `hard` counts one vote a tree. leaves: cluster the leaves of an ensemble, by k-means, to so many rows. leaf_steps: round
    its leaves to multiples of 1/leaf_steps, a power of two; None is as fine as it takes, 16 with `leaves`. Both change the model on purpose:
    the answers are exactly those of the changed estimator, and the report has its agreement with the fitted one. nonnegative: the app
    promises features of 0 … 32767, which makes branches shorter; with one below 0 the answer is then another leaf's.
    """

    engine: str = "auto"
    optimize: str = "size"
    code_levels: int | None = None
    vote: str = "soft"
    leaves: int | None = None
    leaf_steps: int | None = None
    nonnegative: bool = False

    def __post_init__(self) -> None:
        for name, fine in CHOICES.items():
            if getattr(self, name) not in fine:
                raise ConvertError(f"{name} is {getattr(self, name)!r}: choose one of {', '.join(fine)}")
        if self.code_levels is not None and self.code_levels < 0:
            raise ConvertError(f"code_levels is {self.code_levels}: choose 0 or more, or None")
        if self.leaves is not None and self.leaves < 2:
            raise ConvertError(f"leaves is {self.leaves}: choose 2 or more, or None for all")
        if self.leaf_steps is not None and self.leaf_steps not in [2**k for k in range(1, 16)]:
            raise ConvertError(f"leaf_steps is {self.leaf_steps}: choose a power of two from 2 to 32768, or None")


def options_from(chosen: Mapping[str, Any]) -> Options:
    """Options of which some fields are given by name. Raises ConvertError for a name that there is not."""
    known = [field.name for field in fields(Options)]
    for name in chosen:
        if name not in known:
            raise ConvertError(f"a conversion has no option {name!r}; there are: {', '.join(known)}")
    return Options(**chosen)
