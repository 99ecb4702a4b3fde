"""What the environment of the process allows a configuration to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from registrar.config.permissions import Permissions, is_ci, read_permissions


@pytest.mark.parametrize(
    ("environ", "strict"),
    [
        ({}, False),
        ({"CI": "true"}, True),
        ({"CI": "1"}, True),
        ({"CI": "0"}, False),
        ({"CI": "false"}, False),
        ({"CI": ""}, False),
        ({"GITHUB_ACTIONS": "true"}, True),
        ({"GITLAB_CI": "true"}, True),
        ({"JENKINS_URL": "https://jenkins.example"}, True),
        ({"TF_BUILD": "True"}, True),
        ({"CIRCLECI": "true"}, True),
        ({"BUILDKITE": "true"}, True),
        ({"AIRFLOW_CTX_DAG_ID": "train"}, False),
        ({"CI": "true", "REGISTRAR_STRICT": "false"}, False),
        ({"REGISTRAR_STRICT": "true"}, True),
        ({"CI": "true", "REGISTRAR_STRICT": ""}, True),
    ],
)
def test_strict_mode_is_on_in_ci_unless_a_variable_says_otherwise(
    environ: dict[str, str], *, strict: bool
) -> None:
    assert read_permissions(environ).is_strict is strict


def test_an_orchestrator_is_no_ci_system() -> None:
    assert not is_ci({"AIRFLOW_HOME": "/opt/airflow", "KUBERNETES_SERVICE_HOST": "10.0.0.1"})


SECRETS = [
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SESSION_TOKEN",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
    "PGPASSWORD",
    "MYSQL_PWD",
    "GITHUB_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "AZURE_STORAGE_CONNECTION_STRING",
    "AZURE_CLIENT_SECRET",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "DATABRICKS_TOKEN",
    "REGISTRAR_PROD_PASSWORD",
    "REGISTRAR_SIGNING_KEY",
    "SSH_AUTH_SOCK",
    "api_key",
]


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("strict", [True, False])
def test_no_secret_may_be_read(name: str, *, strict: bool) -> None:
    assert not Permissions(is_strict=strict).may_read_variable(name)


@pytest.mark.parametrize(
    "name",
    [
        "MLFLOW_TRACKING_URI",
        "REGISTRAR_TEAM",
        "USER",
        "PWD",
        "GITHUB_SHA",
        "CI_JOB_ID",
        "GITHUB_ACTOR",
    ],
)
def test_harmless_names_may_be_read_in_strict_mode(name: str) -> None:
    assert Permissions(is_strict=True).may_read_variable(name)


def test_other_names_need_a_permission_in_strict_mode_alone() -> None:
    assert not Permissions(is_strict=True).may_read_variable("TRAINING_RUN")
    assert Permissions(is_strict=False).may_read_variable("TRAINING_RUN")
    allowed = read_permissions({"CI": "1", "REGISTRAR_ALLOW_ENV": "OTHER, TRAINING_*"})
    assert allowed.may_read_variable("TRAINING_RUN")


def test_a_secret_may_be_read_where_its_name_is_listed() -> None:
    listed = read_permissions({"REGISTRAR_ALLOW_ENV": "MODEL_KEY"})
    assert listed.may_read_variable("MODEL_KEY")
    assert not read_permissions({"REGISTRAR_ALLOW_ENV": "MODEL_*"}).may_read_variable("MODEL_KEY")


@pytest.mark.parametrize(
    "name", ["PWD", "OLDPWD", "GITHUB_ACTOR", "CI_COMMIT_AUTHOR", "SASL", "XDG_SESSION_ID"]
)
def test_a_harmless_name_is_no_secret(name: str) -> None:
    assert Permissions().may_read_variable(name)


def test_hosts_are_listed_with_or_without_a_port() -> None:
    allowed = read_permissions({"REGISTRAR_ALLOW_HOSTS": "mlflow.example, Other.example:5000"})
    assert allowed.may_contact("MLFLOW.example", 443)
    assert allowed.may_contact("other.example", 5000)
    assert not allowed.may_contact("other.example", 5001)
    assert not allowed.may_contact("evil.example", None)


def test_paths_are_listed_as_the_system_lists_paths() -> None:
    assert read_permissions({"REGISTRAR_ALLOW_PATHS": "/data:/models"}).paths == (
        Path("/data"),
        Path("/models"),
    )
