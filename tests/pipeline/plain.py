"""The pipeline without an orchestrator: `python -m tests.pipeline.plain`."""

from __future__ import annotations

from tests.pipeline.steps import evaluate, register, train

if __name__ == "__main__":
    uri = train(0.5)
    print(register(uri, evaluate(uri)))
