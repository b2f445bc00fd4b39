"""Fields of a dataclass as flags of a task: one place says what they are called, what they mean and what they may be."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from functools import wraps
from typing import Any, get_args, get_type_hints

from orchestrator.project import UserError


def flag(name: str) -> str:
    """How the command line spells a field."""
    return name.replace("_", "-")


def flag_help(options: type) -> dict[str, str]:
    """For invoke, from each field's `help`."""
    return {flag(field.name): field.metadata.get("help", "") for field in fields(options)}


def _kind(options: type, field: Field[Any]) -> type:
    """bool, int, str or tuple; None, which is a default, aside."""
    hint = get_type_hints(options)[field.name]
    kind = next((one for one in get_args(hint) if one is not type(None)), hint)
    return getattr(kind, "__origin__", kind)


def parsed(options: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given, from the command line's words; "" is what was not. Raises UserError for what is no number."""
    found: dict[str, Any] = {}
    for field in fields(options):
        kind, word = _kind(options, field), given[field.name]
        if kind is bool:
            if word != field.default:
                found[field.name] = word
        elif word != "":
            try:
                found[field.name] = tuple(word.split(",")) if kind is tuple else kind(word)
            except ValueError:
                raise UserError(f"--{flag(field.name)} {word}: give a whole number") from None
    return found


def with_flags(options: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a task a flag for each field; the task gets those that were given, by field, as its argument `options`."""

    def decorate(task: Callable[..., None]) -> Callable[..., None]:
        own = [p for p in inspect.signature(task).parameters.values() if p.name != "options"]
        more = [
            inspect.Parameter(
                field.name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=field.default if _kind(options, field) is bool else "",
            )
            for field in fields(options)
        ]

        @wraps(task)
        def run(*args: Any, **kwargs: Any) -> None:
            bound = inspect.Signature([*own, *more]).bind(*args, **kwargs)
            bound.apply_defaults()
            given = {field.name: bound.arguments.pop(field.name) for field in fields(options)}
            task(**bound.arguments, options=given)

        run.__signature__ = inspect.Signature([*own, *more])  # type: ignore[attr-defined]
        return run

    return decorate
