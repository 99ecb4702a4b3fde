"""What the models of the demo learn: data that scikit-learn bundles, and an estimator for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import datasets
from sklearn.ensemble import (
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, log_loss, r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["TASKS", "Task", "Trained"]


@dataclass(frozen=True)
class Trained:
    """A fitted model with its parameters; `measured` has the data and the metrics of each dataset."""

    model: Any
    example: Any
    params: Mapping[str, Any]
    measured: Mapping[str, tuple[Any, Mapping[str, float]]]


@dataclass(frozen=True)
class Task:
    """A registered model: its data, its estimator for the Nth version, and what a gate asks of it.

    With `is_saved` its versions are uploaded from folders, which no run knows.
    """

    name: str
    description: str
    owner: str
    tags: Mapping[str, str]
    load: Callable[[], Any]
    estimator: Callable[[int], Any]
    metric: str
    least: float
    is_saved: bool = False

    def train(self, number: int, of: int, *, spoilt: bool = False) -> Trained:
        """Fit the version `number` of `of`: each later one has seen more of the data.

        A spoilt one has learned from labels that were mixed up.
        """
        data = self.load()
        rest, test, rest_y, test_y = train_test_split(
            data.data, data.target, test_size=0.25, random_state=1
        )
        rest, holdout, rest_y, holdout_y = train_test_split(
            rest, rest_y, test_size=0.25, random_state=2
        )
        count = max(12, round(len(rest) * (0.25 + 0.75 * number / of)))
        x, y = rest[:count], rest_y[:count].copy()
        if spoilt:
            np.random.default_rng(number).shuffle(y[: count * 2 // 3])
        estimator = self.estimator(number)
        params = {k: v for k, v in estimator.get_params().items() if isinstance(v, int | float)}
        model = make_pipeline(StandardScaler(), estimator).fit(x, y)
        parts = {"test": (test, test_y), "holdout": (holdout, holdout_y)}
        measured = {
            name: (part, _measure(model, part, truth)) for name, (part, truth) in parts.items()
        }
        return Trained(model, test[:2], {**params, "rows": count}, measured)


def _measure(model: Any, x: Any, truth: Any) -> dict[str, float]:
    guess = model.predict(x)
    if not hasattr(model, "classes_"):
        return {
            "r2": float(r2_score(truth, guess)),
            "rmse": float(root_mean_squared_error(truth, guess)),
        }
    values = {
        "accuracy": float(accuracy_score(truth, guess)),
        "f1_macro": float(f1_score(truth, guess, average="macro")),
    }
    if hasattr(model, "predict_proba"):
        values["log_loss"] = float(log_loss(truth, model.predict_proba(x), labels=model.classes_))
    return values


DIGITS, IRIS, WINE = datasets.load_digits, datasets.load_iris, datasets.load_wine
TUMOUR, DIABETES = datasets.load_breast_cancer, datasets.load_diabetes
VISION, CLINIC = {"team": "vision", "domain": "postal"}, {"team": "clinic", "domain": "screening"}
CELLAR, BOTANY = {"team": "cellar", "domain": "quality"}, {"team": "botany", "domain": "field"}
TASKS = (
    Task(
        "digits-logistic",
        "Reads **handwritten digits** of 8 by 8 pixels.\n\nThe baseline that every other reader of digits is "
        "compared with. It is retrained whenever new forms are scanned.\n\n- input: 64 grey values from 0 to "
        "16\n- output: the digit\n\nSee the [data](https://archive.ics.uci.edu/dataset/80/).",
        "vision/digits",
        VISION,
        DIGITS,
        lambda n: LogisticRegression(C=0.002 * 1.6**n, max_iter=300),
        "accuracy",
        0.9,
    ),
    Task(
        "digits-forest",
        "Reads handwritten digits with a **random forest**. Slower to train than `digits-logistic`, and more "
        "robust against smudges.",
        "vision/digits",
        VISION,
        DIGITS,
        lambda n: RandomForestClassifier(n_estimators=4 * n, random_state=n),
        "accuracy",
        0.88,
    ),
    Task(
        "digits-svm",
        "Reads handwritten digits with a support vector machine. It gives no probabilities.",
        "vision/digits",
        VISION,
        DIGITS,
        lambda n: SVC(C=0.05 * 1.7**n, random_state=n),
        "accuracy",
        0.9,
    ),
    Task(
        "iris-neighbours",
        "Names the species of an iris from four lengths.",
        "botany/field",
        BOTANY,
        IRIS,
        lambda n: KNeighborsClassifier(n_neighbors=max(1, 13 - n)),
        "accuracy",
        0.85,
    ),
    Task(
        "iris-bayes",
        "Names the species of an iris, for phones without a network.",
        "botany/field",
        BOTANY,
        IRIS,
        lambda n: GaussianNB(var_smoothing=10.0 ** (-n)),
        "accuracy",
        0.85,
        is_saved=True,
    ),
    Task(
        "wine-cultivar",
        "Tells the cultivar of a wine from its *chemical analysis*.",
        "cellar/lab",
        CELLAR,
        WINE,
        lambda n: LogisticRegression(C=0.01 * 2.0**n, max_iter=300),
        "accuracy",
        0.9,
    ),
    Task(
        "wine-tree",
        "The same as `wine-cultivar`, as a decision tree that the cellar can read and check.",
        "cellar/lab",
        CELLAR,
        WINE,
        lambda n: DecisionTreeClassifier(max_depth=1 + n // 2, random_state=n),
        "accuracy",
        0.8,
        is_saved=True,
    ),
    Task(
        "tumour-screening",
        "Second reader of **breast cancer screenings**: benign or malignant, from 30 measures of cell nuclei.\n\n"
        "> A doctor decides. The model only says which images to look at first.",
        "clinic/screening",
        CLINIC,
        TUMOUR,
        lambda n: LogisticRegression(C=0.001 * 2.2**n, max_iter=400),
        "accuracy",
        0.93,
    ),
    Task(
        "tumour-boosting",
        "Challenges `tumour-screening` with boosted trees.",
        "clinic/screening",
        CLINIC,
        TUMOUR,
        lambda n: GradientBoostingClassifier(n_estimators=5 * n, random_state=n),
        "accuracy",
        0.88,
    ),
    Task(
        "diabetes-ridge",
        "Predicts the progression of diabetes in a year, from ten measures of a patient.",
        "clinic/outcomes",
        CLINIC,
        DIABETES,
        lambda n: Ridge(alpha=400.0 / 2.0**n),
        "r2",
        0.3,
    ),
    Task(
        "diabetes-forest",
        "Predicts the progression of diabetes with a random forest.",
        "clinic/outcomes",
        CLINIC,
        DIABETES,
        lambda n: RandomForestRegressor(n_estimators=3 * n, max_depth=5, random_state=n),
        "r2",
        0.2,
    ),
    Task(
        "diabetes-neighbours",
        "Predicts the progression of diabetes from the most similar patients. Kept to explain a prediction "
        "by cases.",
        "clinic/outcomes",
        CLINIC,
        DIABETES,
        lambda n: KNeighborsRegressor(n_neighbors=4 + 2 * n),
        "r2",
        0.2,
    ),
)
