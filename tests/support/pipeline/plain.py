"""The pipeline without an orchestrator: `python -m tests.support.pipeline.plain`."""

from __future__ import annotations

from tests.support.pipeline.steps import evaluate, register, train

if __name__ == "__main__":
    uri = train(0.5)
    print(register(uri, evaluate(uri)))
