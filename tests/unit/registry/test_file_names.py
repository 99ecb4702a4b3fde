"""File names that an MLflow server can keep, and those it cannot."""

from __future__ import annotations

import pytest

from registrar.registry.http.artifacts import is_proxied, name_problem


@pytest.mark.parametrize(
    "path",
    [
        *("MLmodel", "data/weights.bin", "a b/trailing ", "é/中.txt", "100%", "a%zz", "a+b&c=d;e"),
        *("a:b", "c:x", "x:1.txt", "~x", "'q'", '"dq"', "a|b", "<x>", "{x}", "[x]", "a*b", "`"),
        *("...x", "x..", ".hidden", "\u2028x", "a\x85b", "@"),
    ],
)
def test_names_that_a_server_keeps(path: str) -> None:
    assert name_problem(path) is None


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("a#b", "'#'"),
        ("data/a?b", "'?'"),
        ("a%20b", "an escape such as %20"),
        ("%41", "an escape such as %20"),
        ("a%C3%A9b", "an escape such as %20"),
        ("a%2520b", "an escape such as %20"),
        ("tab\tname", "a control character"),
        ("\x7f", "a control character"),
        ("data/ lead", "a leading space"),
        (" dir/file", "a leading space"),
        ("file:x", "the scheme of a URL"),
        ("http:x", "the scheme of a URL"),
    ],
)
def test_names_that_a_server_would_change(path: str, reason: str) -> None:
    assert name_problem(path) == reason


def test_whose_artifacts_a_server_hands_out() -> None:
    assert is_proxied("mlflow-artifacts:/1/models/m-1/artifacts")
    assert not is_proxied("mlflow-artifacts://other-host/1")
    assert not is_proxied("s3://bucket/1")
