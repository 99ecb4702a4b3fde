"""Train the demonstration digit classifier and save it as an MLflow model directory.

The data are the 1797 8x8 grey-scale digits that scikit-learn bundles (64 pixel values from 0 to
16 a row), so nothing is downloaded. The model is a two-layer perceptron (one hidden layer and the
output layer) behind a scaler, trained with Adam. It is serialized with skops, not pickle.

Usage: python train_mnist.py [DIR]      (default: the directory "mnist" next to this script)

No tracking server is contacted and no MLflow run is started.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow.sklearn
from mlflow.models import infer_signature
from mlflow.models.model import MLMODEL_FILE_NAME
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HIDDEN_UNITS = 32
LEARNING_RATE = 0.003
EPOCHS = 5
BATCH_SIZE = 16
TEST_FRACTION = 0.2
RANDOM_STATE = 0
EXAMPLE_ROWS = 2

# What loading the model needs; each is pinned to the version that saves it.
REQUIREMENTS = ("mlflow", "scikit-learn", "skops")

# Attributes of a fitted MLPClassifier that only further training would read: Adam's moments and
# copies of the initial weights. Left in, they double the file, and loading it would need the
# private class of the optimizer on skops' list of trusted types.
TRAINING_STATE = ("_optimizer", "_best_coefs", "_best_intercepts")

DEFAULT_TARGET = Path(__file__).resolve().parent / "mnist"


def train(pixels: NDArray[np.float64], digits: NDArray[np.int64]) -> Pipeline:
    """Return a pipeline (scaler, perceptron) fitted for exactly EPOCHS epochs."""
    perceptron = MLPClassifier(
        hidden_layer_sizes=(HIDDEN_UNITS,),
        solver="adam",
        learning_rate_init=LEARNING_RATE,
        batch_size=BATCH_SIZE,
        max_iter=EPOCHS,
        random_state=RANDOM_STATE,
    )
    model = Pipeline([("scaler", StandardScaler()), ("perceptron", perceptron)])
    with warnings.catch_warnings():
        # Stopping after EPOCHS epochs, before convergence, is what is wanted here.
        warnings.filterwarnings(
            "ignore",
            message=r"Stochastic Optimizer: Maximum iterations",
            category=ConvergenceWarning,
        )
        model.fit(pixels, digits)
    if perceptron.n_iter_ != EPOCHS:
        raise RuntimeError(f"trained for {perceptron.n_iter_} epochs instead of {EPOCHS}")
    for name in TRAINING_STATE:
        vars(perceptron).pop(name, None)
    return model


def check_target(target: Path) -> None:
    """Refuse a target that exists and is not a model directory: it would be replaced."""
    if target.is_symlink() or (target.exists() and not (target / MLMODEL_FILE_NAME).is_file()):
        raise SystemExit(f"{target} exists and is not an MLflow model directory: left as it is")


def save(model: Pipeline, pixels: NDArray[np.float64], target: Path) -> None:
    """Save the model, with a signature and an example from `pixels`, as the directory `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # Written next to the target and renamed, so that a failure leaves an older model in place.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        new = Path(scratch, "new")
        mlflow.sklearn.save_model(
            model,
            str(new),
            serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_SKOPS,
            signature=infer_signature(pixels, model.predict(pixels)),
            input_example=pixels[:EXAMPLE_ROWS],
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
        )
        check_target(target)
        old = Path(scratch, "old")
        if target.exists():
            target.rename(old)
        try:
            new.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise


def main() -> None:
    """Train, measure the accuracy on the held-out digits, and save."""
    parser = argparse.ArgumentParser(description="Train and save the digit classifier.")
    parser.add_argument("dir", nargs="?", type=Path, default=DEFAULT_TARGET, metavar="DIR")
    target: Path = parser.parse_args().dir.absolute()
    check_target(target)

    pixels, digits = load_digits(return_X_y=True)
    train_pixels, test_pixels, train_digits, test_digits = train_test_split(
        pixels, digits, test_size=TEST_FRACTION, stratify=digits, random_state=RANDOM_STATE
    )
    model = train(train_pixels, train_digits)
    accuracy: float = model.score(test_pixels, test_digits)
    save(model, test_pixels, target)

    print(f"{HIDDEN_UNITS} hidden units, {EPOCHS} epochs, Adam {LEARNING_RATE}, batch {BATCH_SIZE}")
    print(f"accuracy on {len(test_digits)} held-out digits: {accuracy:.4f}")
    print(f"saved: {target}")


if __name__ == "__main__":
    main()
