"""The grammar of URIs, one spelling for one place, and what is shown of them."""

from __future__ import annotations

import pytest

from registrar.uris import (
    DirectoryUri,
    LoggedModelUri,
    RunUri,
    StoreUri,
    Uri,
    UriError,
    VersionUri,
    canonical_uri,
    file_uri,
    parse_source,
    parse_uri,
    safe_uri,
    scheme_of,
    unreachable_name,
)


@pytest.mark.parametrize(
    ("uri", "scheme"),
    [
        ("models/mnist", ""),
        ("/abs/dir", ""),
        ("./a:b", ""),
        ("", ""),
        ("S3://b/k", "s3"),
        ("file:///a", "file"),
        ("mlflow-artifacts:/1/r", "mlflow-artifacts"),
        ("postgresql+psycopg2://h/db", "postgresql+psycopg2"),
    ],
)
def test_the_scheme_is_in_lower_case(uri: str, scheme: str) -> None:
    assert scheme_of(uri) == scheme


@pytest.mark.parametrize(
    "uri",
    [
        DirectoryUri("models/mnist", "models/mnist"),
        DirectoryUri("a?b#c@d%20", "a?b#c@d%20"),
        DirectoryUri("file:///a%20b/c%23", "/a b/c#"),
        DirectoryUri("file:/a", "/a"),
        DirectoryUri("file://localhost/a", "/a"),
        RunUri("runs:/RUN/model", "RUN", "model"),
        RunUri("runs://RUN//deep//model/", "RUN", "deep/model"),
        RunUri("RUNS:/RUN/model", "RUN", "model"),
        RunUri("runs:/RUN/", "RUN", ""),
        RunUri("runs:/RUN/a..b/.c", "RUN", "a..b/.c"),
        LoggedModelUri("models:/m-0123", "m-0123"),
        VersionUri("models:/mnist/3", "mnist", version=3),
        VersionUri("models:/mnist@champion", "mnist", alias="champion"),
        VersionUri("models:/mnist@sha256:4f8a695d5b08", "mnist", digest="sha256:4f8a695d5b08"),
        VersionUri(f"models:/a@b@sha256:{'a' * 64}", "a@b", digest=f"sha256:{'a' * 64}"),
        VersionUri("models:/mnist@sha256", "mnist", alias="sha256"),
        VersionUri("models:///mnist/3", "mnist", version=3),
        VersionUri("models:/a@b/1", "a@b", version=1),
        VersionUri("models:/a@b@c", "a@b", alias="c"),
        VersionUri("models:/@/1", "@", version=1),
        VersionUri("models:/m-0123/1", "m-0123", version=1),
        VersionUri("models:/m-0123@champion", "m-0123", alias="champion"),
        VersionUri("models:/a b%20;c/1", "a b%20;c", version=1),
        StoreUri("s3://bucket/a@b/c", "s3", "bucket", "/a@b/c"),
        StoreUri("mlflow-artifacts:/1/RUN/artifacts", "mlflow-artifacts", "", "/1/RUN/artifacts"),
        StoreUri("abfss://c@account/m", "abfss", "c@account", "/m"),
    ],
    ids=str,
)
def test_each_form_is_parsed_once(uri: Uri) -> None:
    assert parse_uri(uri.text) == parse_source(uri.text) == uri
    assert str(uri) == uri.text


DOTS = " holds '.' or '..', which MLflow refuses"
QUERY = " has a query or a fragment"


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("runs:/RUN", "invalid-uri", "runs:/RUN is not a run's model"),
        ("runs:/", "invalid-uri", "runs:/ is not a run's model"),
        ("runs:RUN/model", "invalid-uri", "runs:RUN/model is not a run's model"),
        ("runs:/RUN/a/../b", "invalid-uri", f"runs:/RUN/a/../b{DOTS}"),
        ("runs:/RUN/.", "invalid-uri", f"runs:/RUN/.{DOTS}"),
        ("runs:/RUN/%2E%2e/b", "invalid-uri", f"runs:/RUN/%2E%2e/b{DOTS}"),
        ("runs:/../model", "invalid-uri", f"runs:/../model{DOTS}"),
        ("runs:/RUN/a?b", "invalid-uri", f"runs:/RUN/a?b{QUERY}"),
        ("models:/mnist", "invalid-uri", "models:/mnist does not name one version"),
        ("models:/mnist/latest", "invalid-uri", "models:/mnist/latest does not name one version"),
        ("models:/mnist/1/MLmodel", "invalid-uri", "models:/mnist/1/MLmodel does not name one ver"),
        ("models:/mnist/\u0661", "invalid-uri", "models:/mnist/\u0661 does not name one version"),
        ("models:/mnist@", "invalid-uri", "models:/mnist@ does not name one version"),
        ("models:/@champion", "invalid-uri", "models:/@champion does not name one version"),
        ("models:/m-", "invalid-uri", "models:/m- does not name one version"),
        ("models:/ /1", "invalid-uri", "models:/ /1 does not name one version"),
        ("models:/mnist@sha256:", "invalid-digest", "models:/mnist@sha256: names no digest"),
        ("models:/m@sha256:4f8a695d5b0", "invalid-digest", "models:/m@sha256:4f8a695d5b0 names"),
        (f"models:/m@sha256:{'A' * 64}", "invalid-digest", f"models:/m@sha256:{'A' * 64} names"),
        (f"models:/m@sha256:{'a' * 65}", "invalid-digest", f"models:/m@sha256:{'a' * 65} names"),
        ("models:/@sha256:4f8a695d5b08", "invalid-uri", "models:/@sha256:4f8a695d5b08 does not"),
        ("models:mnist/1", "invalid-uri", "models:mnist/1 does not name one version"),
        (
            "models:/a?b/1",
            "unreachable-name",
            "models:/a?b/1 is no version's URI: MLflow cuts models:/ URIs at '?'",
        ),
        (
            "models:/a#b@c",
            "unreachable-name",
            "models:/a#b@c is no version's URI: MLflow cuts models:/ URIs at '#'",
        ),
        ("file://host/model", "invalid-uri", "file://host/model names the host host"),
        ("file://me:SECRET@host/m", "invalid-uri", "file://host/m names the host host"),
        ("file:///a?b", "invalid-uri", f"file:///a?b{QUERY}"),
        ("file:///a#b", "invalid-uri", f"file:///a#b{QUERY}"),
        ("s3://bucket", "invalid-uri", "s3://bucket names a whole bucket or host"),
        ("s3://bucket/a/./b", "invalid-uri", f"s3://bucket/a/./b{DOTS}"),
        ("s3://bucket/%2e%2e/b", "invalid-uri", f"s3://bucket/%2e%2e/b{DOTS}"),
        ("s3://bucket/a?sig=SECRET", "invalid-uri", f"s3://bucket/a{QUERY}"),
        ("s3://bucket/a?", "invalid-uri", f"s3://bucket/a{QUERY}"),
        ("http://me:SECRET@[::1/m", "invalid-uri", "http://[::1/m: Invalid IPv6 URL"),
    ],
)
def test_a_malformed_uri_is_a_problem_without_secrets(text: str, code: str, message: str) -> None:
    with pytest.raises(UriError) as caught:
        parse_uri(text)
    assert caught.value.code == code
    assert caught.value.message.startswith(message)
    assert caught.value.hint
    assert parse_source(text) is None


def test_a_relative_path_is_counted_from_a_folder_and_keeps_its_text() -> None:
    assert parse_directory("models/m").absolute("/home") == DirectoryUri(
        "models/m", "/home/models/m"
    )
    assert parse_directory("file:///a%20b").absolute("/home") == DirectoryUri(
        "file:///a%20b", "/a b"
    )


def parse_directory(text: str) -> DirectoryUri:
    uri = parse_uri(text)
    assert isinstance(uri, DirectoryUri)
    return uri


@pytest.mark.parametrize(
    ("name", "char"), [("mnist", None), ("a@b%20;c", None), ("a?b", "?"), ("a#b", "#")]
)
def test_names_that_no_models_uri_holds(name: str, char: str | None) -> None:
    assert unreachable_name(name) == char


def test_the_file_uri_of_a_path_is_escaped() -> None:
    uri = file_uri("/a b/#?%/ü")
    assert uri == "file:///a%20b/%23%3F%25/%C3%BC"
    assert parse_directory(uri).path == "/a b/#?%/ü"


@pytest.mark.parametrize(
    ("uri", "canonical"),
    [
        ("models/mnist", "models/mnist"),
        ("models//mnist/", "models/mnist"),
        ("/", "/"),
        ("//a///b//", "/a/b"),
        ("S3://Bucket//Key/", "s3://bucket/Key"),
        ("s3://bucket", "s3://bucket"),
        ("s3://bucket/", "s3://bucket"),
        ("GS://B/a/b", "gs://b/a/b"),
        ("file:///a//B/", "file:///a/B"),
        ("mlflow-artifacts:/1//run/artifacts/", "mlflow-artifacts:/1/run/artifacts"),
        ("mlflow-artifacts://Host:5000/1/run", "mlflow-artifacts://host:5000/1/run"),
        ("Runs:/ID/Path/", "runs:/ID/Path"),
        ("runs:///ID/Path", "runs:/ID/Path"),
        ("runs:/ID/", "runs:/ID/"),
        ("runs:/ID", "runs:/ID/"),
        ("runs://ID//", "runs:/ID/"),
        ("MODELS:/Name/3", "models:/Name/3"),
        ("models:/Name@Champion", "models:/Name@Champion"),
        ("abfss://C@account.dfs.core.windows.net/A", "abfss://c@account.dfs.core.windows.net/A"),
    ],
)
def test_one_spelling_for_one_place(uri: str, canonical: str) -> None:
    assert canonical_uri(uri) == canonical
    assert canonical_uri(canonical) == canonical


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("models/a?b#c@d", "models/a?b#c@d"),
        ("file:///models/a@b?c", "file:///models/a@b?c"),
        ("s3://bucket/a@b/c", "s3://bucket/a@b/c"),
        ("http://host:5000", "http://host:5000"),
        ("http://host:5000/a@b", "http://host:5000/a@b"),
        ("http://[::1]:5000/a@b", "http://[::1]:5000/a@b"),
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
        ("sqlite:////abs/a@b.db", "sqlite:////abs/a@b.db"),
        ("models:/name@champion", "models:/name@champion"),
        ("models:/a?b#c@d/1", "models:/a?b#c@d/1"),
        ("file://me:SECRET@host/x", "file://host/x"),
        (
            "abfss://container@account.dfs.core.windows.net/m",
            "abfss://container@account.dfs.core.windows.net/m",
        ),
        ("wasbs://container@account/m", "wasbs://container@account/m"),
        ("ABFSS://container@account/m?sig=SECRET", "ABFSS://container@account/m"),
        ("http://me:SECRET@host:5000/x", "http://host:5000/x"),
        ("http://SECRET@host", "http://host"),
        ("http://:SECRET@host", "http://host"),
        ("https://host/p?token=SECRET", "https://host/p"),
        ("https://host/p#SECRET", "https://host/p"),
        ("postgresql://me:SECRET@db:5432/mlflow", "postgresql://db:5432/mlflow"),
        (
            "postgresql+psycopg2://me:SECRET@db/mlflow?sslmode=require",
            "postgresql+psycopg2://db/mlflow",
        ),
        ("postgresql://me:SEC@SECRET@db/mlflow", "postgresql://db/mlflow"),
        ("postgresql://me:SEC/SECRET@db/mlflow", "postgresql://db/mlflow"),
        ("postgresql:///mlflow?host=db&password=SECRET", "postgresql:///mlflow"),
        ("mysql+pymysql://me:SECRET%40@db/mlflow", "mysql+pymysql://db/mlflow"),
        ("s3://AKIA:SECRET@bucket/m", "s3://bucket/m"),
        ("http://me:SECRET@[::1", "http://[::1"),
    ],
)
def test_a_uri_is_shown_without_its_secrets(uri: str, shown: str) -> None:
    assert safe_uri(uri) == shown


@pytest.mark.parametrize("char", ["\n", "\r", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("form", ["s3://b/x{}y", "models/x{}y", "file:///x{}y", "runs:/a/x{}y"])
def test_no_uri_holds_a_line_break_or_a_control_character(form: str, char: str) -> None:
    with pytest.raises(UriError, match="line break"):
        parse_uri(form.format(char))
    assert parse_source(form.format(char)) is None
