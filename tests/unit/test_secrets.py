"""One scrubber for all text that leaves the process: no user name, password or token remains."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from registrar.errors import ConfigError
from registrar.locator import Locator
from registrar.secrets import scrub
from registrar.uris import parse_source

CASES = [
    # No secret: nothing changes.
    ("host:5000, mail me@there", "host:5000, mail me@there"),
    ("see http://host/a@b and models:/m@champion", "see http://host/a@b and models:/m@champion"),
    ("http://host:5000/a@b", "http://host:5000/a@b"),
    ("s3://bucket/a@b/c, s3://bucket/d", "s3://bucket/a@b/c, s3://bucket/d"),
    ("/srv//models/a@b", "/srv//models/a@b"),
    ("model.metadata.design=round", "model.metadata.design=round"),
    ("the token is wrong: see 'help'", "the token is wrong: see 'help'"),
    ("{'alias': 'champion'}", "{'alias': 'champion'}"),
    # In Azure's URIs the container is not a user.
    ("from abfss://container@account/m", "from abfss://container@account/m"),
    ("from WASBS://container@account/m", "from WASBS://container@account/m"),
    ("model.uri=abfss://container@account/m", "model.uri=abfss://container@account/m"),
    # The user part of a URI.
    ("lost http://me:SECRET@host/x twice", "lost http://***@host/x twice"),
    ("lost http://SECRET@host/x twice", "lost http://***@host/x twice"),
    ("at 'postgresql://me:SEC/SECRET@db/x'", "at 'postgresql://***@db/x'"),
    ("http://a:SECRET@one and http://b:SECRET@two", "http://***@one and http://***@two"),
    ("https://host/a@b?url=http://SECRET@x", "https://host/a@b?url=http://***@x"),
    ("server.tracking_uri=http://me:SECRET@host", "server.tracking_uri=http://***@host"),
    ("tracking_uri: https://SECRET@host\nother: 1", "tracking_uri: https://***@host\nother: 1"),
    ("--http://SECRET@host", "--http://***@host"),
    ("_https://SECRET@host", "_https://***@host"),
    ("x.https://SECRET@host", "x.https://***@host"),
    ("model.uri=https://me:SEC/SECRET@host/model", "model.uri=https://***@host/model"),
    ('model.uri="s3://me:SECRET@bucket/key"', 'model.uri="s3://***@bucket/key"'),
    ("redirected to //me:SECRET@host/x", "redirected to //***@host/x"),
    # A name that says what its value is.
    ("/x?user=me&password=SECRET&b=1", "/x?user=me&password=***&b=1"),
    ("dbname=x password='SECRET SECRET' host=db", "dbname=x password=*** host=db"),
    ('dbname=x password="SECRET" host=db', "dbname=x password=*** host=db"),
    ("X-Amz-Signature=SECRET&X-Amz-Date=1", "X-Amz-Signature=***&X-Amz-Date=1"),
    ("https://a/b?sv=1&sig=SECRET%3D", "https://a/b?sv=1&sig=***"),
    ("AccountName=a;AccountKey=SECRET==;Suffix=b", "AccountName=a;AccountKey=***;Suffix=b"),
    ("AWS_SECRET_ACCESS_KEY=SECRET", "AWS_SECRET_ACCESS_KEY=***"),
    ("Authorization: Bearer SECRET", "Authorization: Bearer ***"),
    ("+note='password=SECRET'", "+note='password=***'"),
    ("{'Authorization': 'Bearer SECRET', 'a': 1}", "{'Authorization': ***, 'a': 1}"),
    ('{"db_password": "SECRET", "user": "me"}', '{"db_password": ***, "user": "me"}'),
]


@pytest.mark.parametrize(("text", "shown"), CASES)
def test_a_secret_is_masked_and_nothing_else_changes(text: str, shown: str) -> None:
    assert scrub(text) == shown
    assert scrub(shown) == shown


@pytest.mark.parametrize(
    ("variable", "value", "text", "shown"),
    [
        ("MLFLOW_TRACKING_PASSWORD", "correct-horse", "bad: correct-horse.", "bad: ***."),
        ("MLFLOW_TRACKING_TOKEN", "tok-0123456789", "xtok-0123456789x", "x***x"),
        ("PGPASSWORD", "pw", "the pw of pwd", "the *** of pwd"),
        ("MYSQL_PWD", "p w/x", "at p%20w%2Fx", "at ***"),
        ("AWS_SESSION_TOKEN", "", "nothing", "nothing"),
        ("AZURE_STORAGE_CONNECTION_STRING", "a;b=c/d==", "with a;b=c/d==", "with ***"),
        (
            "DATABASE_URL",
            "mysql://me:p%40ssword1@h/db",
            "p@ssword1, p%40ssword1 at h",
            "***, *** at h",
        ),
    ],
)
def test_the_value_of_a_secret_variable_is_masked(
    variable: str, value: str, text: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    assert scrub(text) == shown


@pytest.mark.parametrize(
    "part", ["x", "1x", "x://a:b", "token", "token='", '"token', "a.", "//", "authorization: "]
)
def test_a_long_text_is_scrubbed_in_linear_time(part: str) -> None:
    """Patterns that take quadratic time would take a minute for these texts of a server."""
    text = part * (100_000 // len(part))
    assert len(scrub(text)) <= len(text)


def test_a_source_that_no_server_takes_is_named_without_its_password() -> None:
    backend: Any = SimpleNamespace(is_remote=True)
    uri: Any = parse_source("mlflow-artifacts://me:hunter22@host/m")
    with pytest.raises(ConfigError, match="mlflow-artifacts://host/m does not lie in a run"):
        Locator(backend).locate(uri, verify=False)
