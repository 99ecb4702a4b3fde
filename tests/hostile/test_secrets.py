"""What a registry or a file holds may be a secret of the environment: no page shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow import MlflowClient

    from tests.support.registrar_process import Result

# A long one, as tokens are: texts are cut where they are long, and a part of it is a secret, too.
pytestmark = pytest.mark.sampled(2)

SECRET = "CANARY_" + "0123456789abcdef" * 20
NAMES = ("CANARY", "0123456789abcdef")


@pytest.fixture
def leak(repository: object, database: str, mlflow_client: Callable[[str], MlflowClient]) -> str:
    """The URI of a registry that somebody wrote the secret into."""
    client = mlflow_client(database)
    client.create_registered_model("mnist", tags={"team": SECRET}, description=f"by {SECRET}")
    client.create_model_version("mnist", "s3://bucket/old", tags={"note": f"x {SECRET} y"})
    return database


@pytest.mark.parametrize("output", ["text", "json", "markdown"])
@pytest.mark.parametrize(
    "argv",
    [
        ("plan", "model=mnist"),
        ("show",),
        ("show", "show.name=mnist"),
        ("show", "show.name=mnist", "show.version=1"),
        ("show", "show.name=mnist", "show.compare=true"),
        ("verify",),
        ("plan", "model=mnist", f"model.description={SECRET}"),
        ("plan", "model=mnist", f"model.name=n/{SECRET}"),
        ("show", f"show.name={SECRET}"),
        ("dump", "dump.dir=dumped", f"dump.name={SECRET}"),
        ("delete", "delete.yes=true", f"delete.name={SECRET}"),
    ],
    ids=lambda argv: " ".join(argv)[:50],
)
def test_no_output_shows_a_secret(
    argv: tuple[str, ...], output: str, leak: str, registrar: Callable[..., Result]
) -> None:
    result = registrar(*argv, f"output={output}", CI_JOB_TOKEN=SECRET, MLFLOW_TRACKING_URI=leak)
    shown = result.out + result.err
    assert shown
    assert not any(name in shown for name in NAMES), shown
    if output == "json":
        assert "***" in shown or argv[0] in {"verify", "dump"}, shown
