"""One spelling for one place, the digest of a reference, and that no secret is ever shown."""

from __future__ import annotations

import pytest

from registrar.uris import canonical_uri, reference_digest, safe_uri, scheme_of, scrub


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
def test_the_scheme(uri: str, scheme: str) -> None:
    assert scheme_of(uri) == scheme


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
        ("MODELS:/Name/3", "models:/Name/3"),
        ("models:/Name@Champion", "models:/Name@Champion"),
        ("abfss://C@account.dfs.core.windows.net/A", "abfss://c@account.dfs.core.windows.net/A"),
    ],
)
def test_one_spelling_for_one_place(uri: str, canonical: str) -> None:
    assert canonical_uri(uri) == canonical
    assert canonical_uri(canonical) == canonical


def test_the_digest_of_a_reference_is_pinned() -> None:
    """`printf 's3://b/m\\n\\n\\n' | sha256sum`; versions on servers carry it."""
    assert reference_digest("s3://b/m") == (
        "ref-sha256:f13aef28b8a6141c7248770d26c35cb023578487c1651edbc1f5cd167b83c455"
    )


def test_the_digest_of_a_reference_tells_all_that_identifies_it() -> None:
    identities = [
        {"uri": "s3://b/m"},
        {"uri": "s3://b/M"},
        {"uri": "s3://b/m", "run_id": "x"},
        {"uri": "s3://b/m", "model_id": "x"},
        {"uri": "s3://b/m", "uuid": "x"},
        {"uri": "s3://b/m", "run_id": "x", "uuid": "x"},
    ]
    assert len({reference_digest(**identity) for identity in identities}) == len(identities)
    assert reference_digest("S3://B//m/") == reference_digest("s3://b/m")


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "nothing to hide at host:5000, mail me@there",
            "nothing to hide at host:5000, mail me@there",
        ),
        (
            "see http://host/a@b and models:/m@champion",
            "see http://host/a@b and models:/m@champion",
        ),
        ("from abfss://container@account/m", "from abfss://container@account/m"),
        ("from WASBS://container@account/m", "from WASBS://container@account/m"),
        ("lost http://me:SECRET@host/x twice", "lost http://***@host/x twice"),
        ("lost http://SECRET@host/x twice", "lost http://***@host/x twice"),
        ("at 'postgresql://me:SEC/SECRET@db/x'", "at 'postgresql://***@db/x'"),
        (
            "http://a:SECRET@one and http://b:SECRET@two",
            "http://***@one and http://***@two",
        ),
        ("/x?user=me&password=SECRET&b=1", "/x?user=me&password=***&b=1"),
        ("dbname=x password='SECRET SECRET' host=db", "dbname=x password=*** host=db"),
        ('dbname=x password="SECRET" host=db', "dbname=x password=*** host=db"),
        ("X-Amz-Signature=SECRET&X-Amz-Date=1", "X-Amz-Signature=***&X-Amz-Date=1"),
        ("https://a/b?sv=1&sig=SECRET%3D", "https://a/b?sv=1&sig=***"),
        ("AccountName=a;AccountKey=SECRET==;Suffix=b", "AccountName=a;AccountKey=***;Suffix=b"),
        ("AWS_SECRET_ACCESS_KEY=SECRET", "AWS_SECRET_ACCESS_KEY=***"),
        ("Authorization: Bearer SECRET", "Authorization: Bearer ***"),
        ("server.tracking_uri=http://me:SECRET@host", "server.tracking_uri=http://***@host"),
        ("model.metadata.design=round", "model.metadata.design=round"),
    ],
)
def test_a_text_is_shown_without_its_secrets(text: str, shown: str) -> None:
    assert scrub(text) == shown
    assert scrub(shown) == shown
