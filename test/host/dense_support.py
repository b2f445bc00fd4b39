"""What the tests of models other than trees share: the bundled sets as int16, and a conversion that is asked at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.model_selection import train_test_split

from fieldmouse.model import Model
from orchestrator.convert.conversion import Report, convert
from orchestrator.convert.header import ModelFacts
from orchestrator.convert.options import Options

LOADERS = {"digits": load_digits, "breast_cancer": load_breast_cancer, "wine": load_wine, "diabetes": load_diabetes}


@cache
def split(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training rows, test rows, their truths: the digits as they are, the other sets to ±1000."""
    x, y = LOADERS[name](return_X_y=True)
    if name != "digits":
        x = np.round((x - x.min(axis=0)) / np.ptp(x, axis=0) * 2000 - 1000)
    x = x.astype(np.int16)
    return tuple(train_test_split(x, y, test_size=0.25, random_state=0, stratify=None if name == "diabetes" else y))


class Converted:
    """A fitted model, converted for our own engine, its C compiled."""

    def __init__(self, model, calibration: np.ndarray, folder: Path, n_classes: int = 0, **options) -> None:
        facts = ModelFacts("trial", "test", 50, [f"c{i}" for i in range(n_classes)], calibration.shape[1])
        self.folder = folder / "include"
        self.report: Report = convert(model, facts, self.folder, calibration, Options(engine="compact", **options))
        self.outcome = self.report.outcomes["compact"]
        self.bound, self.measured = self.outcome.bound, self.outcome.measured
        self.c = Model(self.folder, "trial", "compact")

    def classes(self, X: np.ndarray) -> np.ndarray:
        """What it answers, with probabilities and alone, which must be the same."""
        answers, _ = self.c.classify(X)
        alone, _ = self.c.classify(X, with_proba=False)
        assert (answers == alone).all()
        return answers

    def proba(self, X: np.ndarray) -> np.ndarray:
        return self.c.classify(X)[1]

    def outputs(self, X: np.ndarray) -> np.ndarray:
        return self.c.regress(X) * 2.0**-self.c.fraction

    def score(self, X: np.ndarray) -> np.ndarray:
        return self.c.score(X) * 2.0**-self.c.fraction


def extremes(n: int, rows: int = 200) -> np.ndarray:
    """Rows at the ends of int16, and anywhere between."""
    rng = np.random.default_rng(7)
    ends = rng.choice(np.array([-32768, -32767, -1, 0, 1, 32767]), (rows, n))
    return np.vstack([ends, rng.integers(-32768, 32768, (rows, n))]).astype(np.int16)
