"""Which host an address leads to; what two libraries could read differently is no address."""

from __future__ import annotations

import pytest

from registrar.addresses import (
    Address,
    is_local,
    parse_address,
    parse_source_host,
)


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("http://mlflow.example", Address("http", "mlflow.example", 80)),
        ("HTTPS://MLflow.example:443/path?k=v", Address("https", "mlflow.example", 443)),
        ("http://[::1]:5000", Address("http", "[::1]", 5000)),
        ("postgresql+psycopg2://me@db:5432/mlflow", Address("postgresql+psycopg2", "db", 5432)),
        ("tcp://scheduler:8786", Address("tcp", "scheduler", 8786)),
        ("scheduler:8786", Address("", "scheduler", 8786)),
        ("http://good.example\\@evil.example/", None),
        ("http://evil.example\\@good.example/", None),
        ("http://good.example@a@evil.example/", None),
        ("http://good.example\t.evil.example/", None),
        ("http://good.example .evil.example/", None),
        ("http://go\u2024od.example/", None),
        ("http:good.example", None),
        ("http:///good.example", None),
        ("postgresql:///mlflow?host=evil.example", None),
        ("postgresql://good.example/mlflow?host=evil.example", None),
        ("postgresql://good.example,evil.example/mlflow", None),
        ("mssql+pyodbc:///?odbc_connect=Server%3Devil", None),
        ("uc:http://evil.example", None),
    ],
)
def test_the_host_of_a_server(uri: str, address: Address | None) -> None:
    assert parse_address(uri) == address


@pytest.mark.parametrize(
    ("uri", "local"),
    [
        ("sqlite:///mlflow.db", True),
        ("sqlite:////srv/mlflow.db", True),
        ("databricks", True),
        ("databricks://profile", True),
        ("databricks-uc", True),
        ("uc:http://evil.example", False),
        ("sqlite://evil.example/x", False),
        ("databricks://profile@evil.example", False),
    ],
)
def test_databases_and_names_of_mlflow_need_no_host(uri: str, local: bool) -> None:
    assert is_local(uri) == local


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("models/px", None),
        ("runs:/abc/model", None),
        ("models:/m-abc", None),
        ("s3://bucket/model", None),
        ("gs://bucket/model", None),
        ("dbfs:/model", None),
        ("dbfs://databricks/model", None),
        ("hdfs:/model", None),
        ("mlflow-artifacts:/1/model", None),
        ("wasbs://box@account.blob.core.windows.net/model", None),
        ("abfss://box@account.dfs.core.windows.net/model", None),
        ("r2://bucket@account.r2.cloudflarestorage.com/model", None),
        ("b2://bucket@s3.us-west-004.backblazeb2.com/model", None),
        ("wasbs://box@account.blob.core.windows.net.evil.example/m", "evil"),
        ("abfss://box@evil.example/model", "evil"),
        ("abfss://box@evil.example@account.dfs.core.windows.net/model", "account"),
        ("r2://bucket@evil.example/model", "evil"),
        ("b2://bucket@evil.example/model", "evil"),
        ("s3://bucket@evil.example/model", "evil"),
        ("s3://evil.example:9000/model", "evil"),
        ("hdfs://evil.example/model", "evil"),
        ("viewfs://evil.example/model", "evil"),
        ("dbfs://evil.example/model", "evil"),
        ("HTTP://evil.example/model", "evil"),
        ("ftp://me:secret@evil.example/model", "evil"),
        ("sftp://evil.example/model", "evil"),
        ("mlflow-artifacts://evil.example/1/model", "evil"),
        ("unknown://evil.example/model", "evil"),
        ("http://good.example\\@evil.example/model", "good"),
    ],
)
def test_the_host_of_a_models_uri(uri: str, place: str | None) -> None:
    found = parse_source_host(uri)
    host = found.host if isinstance(found, Address) else found
    assert host is None if place is None else host is not None and place in host
