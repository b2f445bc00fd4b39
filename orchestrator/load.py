"""`inv load`: a trained model into the RAM of a running board, without flashing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from fieldmouse.blob import Blob, BlobError
from orchestrator.convert import ConvertError, ModelFacts, Options
from orchestrator.convert.blob import write_blob
from orchestrator.link import Node
from orchestrator.prebuild import model_folder
from orchestrator.progress import out
from orchestrator.project import UserError, check_variant, find_app

FACTS = ("name", "data", "rate_hz", "classes", "n_features")
CHECKED_ROWS = 2000


def read_model(folder: Path, app: str) -> bytes:
    """The loadable form of the model that lies in a folder as `inv train` leaves it, proved on random rows over all int16.

    Raises UserError for a folder without a model or with another app's.
    """
    try:
        about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        estimator = joblib.load(folder / "model.joblib")
        facts = ModelFacts(*(about[key] for key in FACTS))
    except (OSError, KeyError, ValueError) as error:
        raise UserError(f"{folder} holds no trained model ({error}): run inv train --app {app}") from None
    if facts.name != app:
        raise UserError(f"{folder} holds a model of {facts.name}, not of {app}")
    generator = np.random.default_rng(1)
    scale = generator.choice([100, 1000, 32767], (CHECKED_ROWS, 1))
    rows = (generator.uniform(-1, 1, (CHECKED_ROWS, facts.n_features)) * scale).astype(np.int16)
    return write_blob(estimator, facts, rows, Options())[0]


def load(app: str, port: str, model: str = "", variant: str = "") -> dict[str, Any]:
    """Load a model into the board at `port` and say what answers now. `model` is a file that holds a loadable model, or a folder
    with a trained one; without it, what `inv train` left for the app.

    Raises UserError for what is no model, LinkError when the board refuses it; the old model then keeps answering.
    """
    app = find_app(app)
    place = Path(model).expanduser() if model else model_folder(app, check_variant(app, variant))
    try:
        blob = place.read_bytes() if place.is_file() else read_model(place, app)
        new = Blob(blob)
    except (BlobError, ConvertError) as error:
        raise UserError(f"{place}: {error}") from None
    with Node(port) as node:
        before = node.info().boot
        if before["app"] != app:
            raise UserError(f"the board at {port} runs {before['app']}, not {app}")
        after = node.load(blob).boot
    if after["model"] != new.hash:
        raise UserError(f"the board says it has model {after['model']}, not {new.hash}: load it again")
    out.print(
        f"{app}: model {after['model']} ({len(blob)} bytes) answers in place of {before['model']} until the next reset"
    )
    return {"app": app, "bytes": len(blob), "before": before["model"], "model": after["model"]}
