"""The candidates: an app's PARAMS for a variant, and each point of its SPACE laid over them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import ParameterGrid

from orchestrator.project import UserError
from orchestrator.training import parameters, recipe

CONVERT = "convert__"


@dataclass(frozen=True)
class Candidate:
    """What `fit` is given beyond PARAMS, and fields of orchestrator.convert.Options; nothing of either is the default."""

    params: Mapping[str, Any]
    options: Mapping[str, Any]

    @property
    def default(self) -> bool:
        """Whether it is what a build makes without a choice."""
        return not self.params and not self.options

    @property
    def name(self) -> str:
        """For people: what is different."""
        parts = [*self.params.items(), *self.options.items()]
        return ", ".join(f"{name} {value}" for name, value in parts) or "default"

    @property
    def text(self) -> str:
        """The same for the same candidate."""
        return json.dumps([self.params, self.options], sort_keys=True)


def _plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    plain = value.item() if isinstance(value, np.generic) else list(value) if isinstance(value, tuple) else value
    try:
        json.dumps(plain)
    except TypeError:
        raise UserError(
            f"SPACE has the value {value!r}: use numbers, strings, booleans, None and lists of them"
        ) from None
    return plain


def candidates(app: str, variant: str) -> list[Candidate]:
    """The default first, then each other point of SPACE once. What is as in PARAMS is not repeated."""
    base = parameters(app, variant, {})
    found = {Candidate({}, {}).text: Candidate({}, {})}
    space = getattr(recipe(app).train, "SPACE", None)
    if space is None:
        raise UserError(f"models/{app}/train.py has no SPACE: say there what a sweep is to try")
    for point in ParameterGrid(space):
        plain = {name: _plain(value) for name, value in point.items()}
        fields = {name.removeprefix(CONVERT): v for name, v in plain.items() if name.startswith(CONVERT)}
        params = {
            name: value
            for name, value in plain.items()
            if not name.startswith(CONVERT) and not (name in base and _plain(base[name]) == value)
        }
        one = Candidate(params, {name: value for name, value in fields.items() if not _is_default(name, value)})
        found[one.text] = one
    return list(found.values())


def _is_default(name: str, value: Any) -> bool:
    """Whether a field of Options has this value anyway. Raises ConvertError for a field that there is not."""
    from orchestrator.convert import Options, options_from

    return options_from({name: value}) == Options()
