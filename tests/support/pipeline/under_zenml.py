"""The pipeline under ZenML: `python -m tests.support.pipeline.under_zenml`, where ZenML is installed.

ZenML caches steps whose inputs are as before; the registration runs each time, and finds that there
is nothing to do.
"""

from __future__ import annotations

from zenml import pipeline, step

from tests.support.pipeline import steps


def iris() -> None:
    """Train, evaluate, register."""
    uri = step(steps.train)(strength=0.5)
    accuracy = step(steps.evaluate)(uri)
    step(steps.register, enable_cache=False)(uri, accuracy)


if __name__ == "__main__":
    response = pipeline(iris)()
    print(response.steps["register"].output.load())
