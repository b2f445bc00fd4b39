"""The class alone, and some of a model's answers: what is left out is not in the C, and what stays answers as before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dense_support import Converted, split
from sklearn.cluster import KMeans
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from fieldmouse.model import Model
from orchestrator.convert import ConvertError, ModelFacts, Options, convert, snap

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
CLASSIFIERS = {
    "logistic": LogisticRegression(max_iter=200),
    "svm": LinearSVC(),
    "mlp": MLPClassifier((8,), random_state=0, max_iter=40),
    "bayes": GaussianNB(),
    "knn": KNeighborsClassifier(3),
    "tree": DecisionTreeClassifier(max_depth=3, random_state=0),
    "forest": RandomForestClassifier(5, max_depth=4, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=4, random_state=0),
}
TWO = {
    "mixture": (GaussianMixture(3, random_state=0), 3),
    "envelope": (EllipticEnvelope(random_state=0), 2),
    "centres": (KMeans(3, random_state=0), 3),
}


def text(c: Converted) -> str:
    return (c.folder / "compact_models.h").read_text(encoding="ascii")


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_the_class_alone(kind: str, tmp_path: Path) -> None:
    train, test, truth, _ = split("wine")
    model = CLASSIFIERS[kind].fit(train, truth)
    whole = Converted(model, train, tmp_path / "whole", 3)
    alone = Converted(model, train, tmp_path / "alone", 3, probabilities=False)
    assert (alone.classes(test) == whole.classes(test)).all()
    assert (alone.proba(test) == 255 * (alone.classes(test)[:, None] == np.arange(3))).all()
    assert alone.outcome.note.count("no probabilities: 255 for the class, 0 for the others") == 1
    assert alone.measured.proba == 0
    assert ("no probabilities" in whole.outcome.note) == (kind == "svm")


def test_emlearn_too(tmp_path: Path) -> None:
    train, test, truth, _ = split("wine")
    model = snap(RandomForestClassifier(5, max_depth=4, random_state=0).fit(train, truth))
    facts = ModelFacts("trial", "test", 50, ["a", "b", "c"], train.shape[1])
    convert(model, facts, tmp_path / "include", train, Options(probabilities=False))
    both = [Model(tmp_path / "include", "trial", engine).classify(test) for engine in ("emlearn", "compact")]
    for classes, proba in both:
        assert (classes == model.predict(test)).all()
        assert (proba == 255 * (classes[:, None] == np.arange(3))).all()


@pytest.mark.parametrize("member", ["classify", "score"])
@pytest.mark.parametrize("kind", TWO)
def test_one_of_two_answers(kind: str, member: str, tmp_path: Path) -> None:
    train, test, _, _ = split("wine")
    model, n_classes = TWO[kind]
    model.fit(train.astype(float))
    whole = Converted(model, train, tmp_path / "whole", n_classes)
    part = Converted(model, train, tmp_path / "part", n_classes, members=(member,))
    assert len(text(part)) < len(text(whole))
    assert [name for name in ("classify", "score") if f".{name} = " in text(part)] == [member]
    if member == "score":
        assert "_classify(" not in text(part)
        assert (part.score(test) == whole.score(test)).all()
    else:
        assert (part.classes(test) == whole.classes(test)).all()
        assert kind == "envelope" or "_score(" not in text(part), "the envelope's class is its score's sign"


def test_what_a_model_has_not_is_said(tmp_path: Path) -> None:
    train, _, truth, _ = split("wine")
    with pytest.raises(ConvertError, match="a GaussianNB has no score: choose members among classify"):
        Converted(GaussianNB().fit(train, truth), train, tmp_path, 3, members=("score",))
    for wrong in ((), ("proba",)):
        with pytest.raises(ConvertError, match="choose some of classify, regress, score"):
            Options(members=wrong)
