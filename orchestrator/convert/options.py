"""What a person can choose of a conversion."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.convert.errors import ConvertError

ENGINES = ("emlearn", "compact")  # an env links one of them; each has a folder of that name in lib/
MEMBERS = ("classify", "regress", "score")  # of model_t
CHOICES = {"engine": ("auto", *ENGINES), "optimize": ("size", "speed"), "vote": ("soft", "hard")}


@dataclass(frozen=True)
class Options:
    """How to convert a model. The defaults are the smallest form that answers as scikit-learn.

    engine: `auto` is the smaller of those that can hold the model, at equal answers. optimize: what the engine's layout
    is for. code_levels: how many top levels of a tree become code; None is what `optimize` says. vote: `soft` averages
    the trees' proportions as scikit-learn, `hard` counts one vote a tree. leaves: cluster the leaves of an ensemble, by k-means, to so many rows. leaf_steps: round
    its leaves to multiples of 1/leaf_steps, a power of two; None is as fine as it takes, 16 with `leaves`. Both change the model on purpose:
    the answers are exactly those of the changed estimator, and the report has its agreement with the fitted one. nonnegative: the app
    promises features of 0 … 32767, which makes branches shorter; with one below 0 the answer is then another leaf's. probabilities: False
    leaves them out of every classifier's code; asked for them, it says 255 for the class and 0 for the others. members: which of a
    model's answers are converted, among MEMBERS; None is all that it has.
    """

    engine: str = "auto"
    optimize: str = "size"
    code_levels: int | None = None
    vote: str = "soft"
    leaves: int | None = None
    leaf_steps: int | None = None
    nonnegative: bool = False
    probabilities: bool = True
    members: tuple[str, ...] | None = None

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
        if self.members is not None and (not self.members or not set(self.members) <= set(MEMBERS)):
            raise ConvertError(f"members is {self.members!r}: choose some of {', '.join(MEMBERS)}, or None for all")
