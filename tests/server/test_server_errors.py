"""Servers and databases that are not there, or not as they should be: one clear line, no secret."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import ssl
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.certificates import self_signed
from tests.support.mlflow_server import find_free_port
from tests.support.proxy import Reply, Request, always, record_requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

pytestmark = pytest.mark.sampled(2)

PASSWORD, TOKEN = "correct-horse-battery", "tok-0123456789"
RUNS = " Check server.tracking_uri (MLFLOW_TRACKING_URI) and that the server runs."
PREFIX = (
    " Check server.tracking_uri (MLFLOW_TRACKING_URI); a path in front of the API is part of it."
)
RIGHTS = " Check the credentials in MLflow's environment variables, and their permissions."
LOGIN = (
    " Check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or the token: "
    "they were sent, and the server does not accept them."
)
DRIVER = " Correct server.tracking_uri, or install the database's driver."


@pytest.fixture
def fails(registrar: Callable[..., Result]) -> Callable[..., str]:
    """The one line that every command which needs a server ends with."""

    def fails(uri: str, code: int, timeout: float = 1) -> str:
        lines = set()
        for command in ("apply", "plan", "check"):
            result = registrar(
                command,
                "model=mnist",
                f"server.timeout={timeout}",
                MLFLOW_TRACKING_URI=uri,
                MLFLOW_TRACKING_USERNAME="me",
                MLFLOW_TRACKING_PASSWORD=PASSWORD,
                MLFLOW_TRACKING_TOKEN=TOKEN,
            )
            assert (result.code, result.out) == (code, ""), result.err
            assert PASSWORD not in result.err
            assert TOKEN not in result.err
            assert result.err.count("\n") == 1, result.err
            lines.add(result.err.strip())
        (line,) = lines
        return line

    return fails


def test_a_port_that_nobody_listens_on(fails: Callable[..., str]) -> None:
    url = f"http://127.0.0.1:{find_free_port()}"
    assert fails(url, 4) == f"cannot reach {url}: connection refused.{RUNS}"


def test_a_host_that_does_not_resolve(fails: Callable[..., str]) -> None:
    url = "http://no-such-host.invalid:5000"
    assert fails(url, 4) == f"cannot reach {url}: no such host.{RUNS}"


def test_a_server_that_never_answers_is_given_up_in_time(
    registrar: Callable[..., Result],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        result = registrar("plan", "model=mnist", "server.timeout=2", MLFLOW_TRACKING_URI=url)
        took = time.monotonic() - began
    assert (result.code, result.err) == (4, f"cannot reach {url}: no answer in time.{RUNS}\n")
    assert 2 <= took < 8


def test_a_server_that_falls_silent_is_given_up_in_time(registrar: Callable[..., Result]) -> None:
    def answer(request: Request) -> Reply:
        if request.path != "/version":
            time.sleep(20)
        return Reply(200, "3.17.2")

    with record_requests(None, answer) as (url, _):
        began = time.monotonic()
        result = registrar("plan", "model=mnist", "server.timeout=2", MLFLOW_TRACKING_URI=url)
        took = time.monotonic() - began
    assert (result.code, result.err) == (4, f"{url} did not answer: no answer in time.\n")
    assert 2 <= took < 8


HTML = Reply(200, "<!doctype html><html><body>Welcome</body></html>", "text/html")
NO_JSON = "{url} answers, but not in MLflow's JSON: it is not an MLflow server, or an old one."
PAGE = (
    "{url} answers with an HTML page, such as one to log in: "
    "it is not an MLflow server, or an old one."
)
NO_SUCH = (
    "{url} has no /api/2.0/mlflow/registered-models/get: it is not an MLflow server, or an old one."
)


@pytest.mark.parametrize(
    ("reply", "at_once", "later"),
    [
        (
            Reply(503, "busy"),
            "cannot reach {url}: it answers 503." + RUNS,
            "{url} answers with an error: 503 busy.",
        ),
        (
            Reply(500, '{"error_code": "INTERNAL_ERROR", "message": "oops"}', "application/json"),
            "cannot reach {url}: it answers 500." + RUNS,
            "{url} answers with an error: 500 oops.",
        ),
        (HTML, PAGE + PREFIX, PAGE + PREFIX),
        (Reply(200, "{not json", "application/json"), NO_JSON + PREFIX, NO_JSON + PREFIX),
        (Reply(404, "404 page not found"), NO_SUCH + PREFIX, NO_SUCH + PREFIX),
        (
            Reply(401, "You are not authenticated."),
            "{url} refuses: 401 You are not authenticated." + LOGIN,
            "{url} refuses: 401 You are not authenticated." + RIGHTS,
        ),
        (
            Reply(403, "Permission denied"),
            "{url} refuses: 403 Permission denied." + LOGIN,
            "{url} refuses: 403 Permission denied." + RIGHTS,
        ),
    ],
    ids=["503", "500", "HTML", "broken JSON", "404", "401", "403"],
)
def test_answers_that_are_no_answers(
    fails: Callable[..., str], reply: Reply, at_once: str, later: str
) -> None:
    with record_requests(None, always(reply)) as (url, _):
        assert fails(url, 4) == at_once.format(url=url)

    def after_the_version(request: Request) -> Reply:
        return Reply(200, "3.17.2") if request.path == "/version" else reply

    with record_requests(None, after_the_version) as (url, _):
        assert fails(url, 4) == later.format(url=url)


def test_what_a_server_echoes_of_the_credentials_is_not_shown(fails: Callable[..., str]) -> None:
    with record_requests(None, always(Reply(400, f"bad: {PASSWORD} {TOKEN}"))) as (url, _):
        assert fails(url, 6) == f"{url} does not accept the request: 400 bad: *** ***."


def test_a_version_with_known_holes_is_refused(fails: Callable[..., str]) -> None:
    with record_requests(None, always(Reply(200, "2.1.0"))) as (url, requests):
        assert fails(url, 6) == (
            f"{url} runs MLflow 2.1.0, older than 2.3.0. "
            "Upgrade the server, or lower server.min_version if you accept its flaws."
        )
        assert {str(request) for request in requests} == {"GET /version"}


@pytest.mark.parametrize("command", ["apply", "plan", "check"])
def test_a_server_without_aliases_is_refused_before_the_plan(
    registrar: Callable[..., Result], command: str
) -> None:
    words = (command, "model=mnist", "server.min_version=2.2.0")
    with record_requests(None, always(Reply(200, "2.2.2"))) as (url, requests):
        result = registrar(*words, MLFLOW_TRACKING_URI=url)
    assert result.code == 6
    assert result.err == (
        f"{url} runs MLflow 2.2.2, which has no aliases. "
        "Upgrade the server to 2.3.0 or later; nothing was written.\n"
    )
    assert {str(request) for request in requests} == {"GET /version"}


@pytest.mark.parametrize(
    ("version", "note"),
    [
        ("3.10.0", "note: {url} runs MLflow 3.10.0, which has known flaws; upgrade to 3.16.1\n"),
        ("unknown", "note: {url} does not tell its MLflow version\n"),
        ("", "note: {url} does not tell its MLflow version\n"),
        ("3.16.1", ""),
        ("4.0.0.dev0", ""),
    ],
)
def test_what_is_known_of_a_version_is_said(
    registrar: Callable[..., Result], server: str, version: str, note: str
) -> None:
    def answer(request: Request) -> Reply | None:
        return Reply(200, version) if request.path == "/version" else None

    with record_requests(server, answer) as (url, _):
        words = ("plan", "model=mnist", "model.name=never")
        result = registrar(*words, MLFLOW_TRACKING_URI=url)
        silenced = registrar(*words, "server.warn=false", MLFLOW_TRACKING_URI=url)
    assert (result.code, result.err) == (0, note.format(url=url))
    assert (silenced.code, silenced.err) == (0, "")


def test_a_certificate_that_nobody_vouches_for(fails: Callable[..., str], tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    with record_requests(None, tls=context) as (url, requests):
        assert fails(url, 4) == (
            f"cannot reach {url}: its certificate is not trusted "
            f"(MLFLOW_TRACKING_SERVER_CERT_PATH names a CA).{RUNS}"
        )
        assert requests == []


def test_https_where_the_server_speaks_http(fails: Callable[..., str]) -> None:
    with record_requests(None) as (url, _):
        secure = url.replace("http:", "https:")
        assert fails(secure, 4) == f"cannot reach {secure}: it does not speak TLS (https).{RUNS}"


def test_a_database_in_a_folder_that_is_not_there(
    fails: Callable[..., str], repository: Path
) -> None:
    assert fails("sqlite:///nowhere/mlflow.db", 4) == (
        "sqlite:///nowhere/mlflow.db: there is no folder nowhere. "
        "Make it, or correct server.tracking_uri."
    )
    assert not (repository / "nowhere").exists()


def test_a_file_that_is_no_database(fails: Callable[..., str], repository: Path) -> None:
    path = repository / "mlflow.db"
    path.write_text("lr,epochs\n" * 1000)
    uri = "sqlite:///mlflow.db"
    assert fails(uri, 4) == f"cannot reach {uri}: file is not a database.{RUNS}"
    assert path.read_text() == "lr,epochs\n" * 1000


def test_a_database_of_another_mlflow(
    fails: Callable[..., str], repository: Path, blank_database: Path
) -> None:
    shutil.copy(blank_database, repository / "mlflow.db")
    with sqlite3.connect(repository / "mlflow.db") as link:
        (current,) = link.execute("SELECT version_num FROM alembic_version").fetchone()
        link.execute("UPDATE alembic_version SET version_num = 'c48cb773bb87'")
    link.close()
    assert fails("sqlite:///mlflow.db", 4) == (
        "sqlite:///mlflow.db cannot be used: Detected out-of-date database schema (found version "
        f"c48cb773bb87, but expected {current}). Back the database up, then run "
        "'mlflow db upgrade URI'."
    )


@pytest.mark.parametrize(
    ("uri", "line"),
    [
        ("foo://bar", "foo://bar: Can't load plugin: sqlalchemy.dialects:foo." + DRIVER),
        (
            "mlruns",
            (
                "the environment variable MLFLOW_TRACKING_URI: server.tracking_uri: is a folder: MLflow's "
                "file store is not supported. Name a server, or a database such as sqlite:///mlflow.db."
            ),
        ),
        (
            "oracle+nodriver://db/x",
            "oracle+nodriver://db/x: Can't load plugin: sqlalchemy.dialects:oracle.nodriver."
            + DRIVER,
        ),
    ],
)
def test_an_address_of_no_known_kind(fails: Callable[..., str], uri: str, line: str) -> None:
    assert fails(uri, 2) == line


def test_a_postgresql_that_is_not_there(fails: Callable[..., str]) -> None:
    uri = f"postgresql+psycopg2://127.0.0.1:{find_free_port()}/mlflow"
    assert fails(uri, 4) == f"cannot reach {uri}: connection refused.{RUNS}"
