"""Links to MLflow's own pages: on a server alone, and never out of the place that it has for names."""

from __future__ import annotations

import pytest

from registrar.report.html.links import link_to_model, link_to_run
from registrar.state import Server


@pytest.mark.parametrize(
    ("uri", "name", "link"),
    [
        ("https://ml.test", "digits", "https://ml.test/#/models/digits"),
        ("https://ml.test/mlflow/", "a b/é", "https://ml.test/mlflow/#/models/a%20b%2F%C3%A9"),
        ("https://user:pass@ml.test", "x", "https://ml.test/#/models/x"),
        ("https://ml.test", '"><script>#?', "https://ml.test/#/models/%22%3E%3Cscript%3E%23%3F"),
        ("https://ml.test", "\ud800", "https://ml.test/#/models/%3F"),
        ("https://ml.test", "x" * 3000, None),
        ("sqlite:///mlflow.db", "digits", None),
        ("databricks://profile", "digits", None),
    ],
)
def test_a_model_has_a_page_on_a_server(uri: str, name: str, link: str | None) -> None:
    assert link_to_model(Server(uri, uri, "3"), name) == link


def test_a_run_has_its_page_on_the_tracking_server() -> None:
    server = Server("sqlite:///mlflow.db", "https://runs.test", "3")
    assert link_to_run(server, "abc") == "https://runs.test/#/runs/abc"
    assert link_to_model(server, "digits") is None
