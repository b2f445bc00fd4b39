"""What a person wants of a piece: which of its answers, and the class with probabilities or alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers, Piece

# The argument NULL lets the compiler leave out all that only probabilities need, in whatever engine's function.
ALONE = """
/* The class alone: `proba`, where it is not NULL, gets 255 for the class and 0 for the others. */
static uint8_t {name}_class(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
    const uint8_t best = {classify}(self, features, NULL);
    if (proba != NULL) {{
        for (uint_fast8_t i = 0; i < self->n_classes; i++) {{
            proba[i] = i == best ? 255u : 0u;
        }}
    }}
    return best;
}}
"""


def wanted(piece: Piece, name: str, options: Options) -> Piece:
    """The piece with the members that were asked for, and with their functions. Raises ConvertError for a member it has not."""
    names = tuple(piece.members) if options.members is None else options.members
    if missing := [member for member in names if member not in piece.members]:
        raise ConvertError(
            f"a {piece.kind} has no {' or '.join(missing)}: choose members among {', '.join(piece.members)}"
        )
    members = {member: piece.members[member] for member in names}
    code = piece.code + "".join(piece.apart.get(member, "") for member in names)
    note, soft = piece.note, piece.probabilities and options.probabilities
    if "classify" in members and not soft:
        note += "; no probabilities: 255 for the class, 0 for the others"
        if piece.probabilities:
            code += ALONE.format(name=name, classify=members["classify"])
            members["classify"] = f"{name}_class"

    def reference(X: np.ndarray) -> Answers:
        return _only(piece.reference(X), names, soft)

    return replace(piece, code=code, members=members, apart={}, reference=reference, note=note, probabilities=soft)


def _only(said: Answers, members: tuple[str, ...], probabilities: bool) -> Answers:
    """Of what the model says, what is converted."""

    def kept(answer: np.ndarray | None, member: str) -> np.ndarray | None:
        return answer if member in members else None

    return Answers(
        classes=kept(said.classes, "classify"),
        proba=kept(said.proba, "classify") if probabilities else None,
        outputs=kept(said.outputs, "regress"),
        score=kept(said.score, "score"),
        near=said.near,
    )
