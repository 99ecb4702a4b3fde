"""HTTP to an MLflow server: kept-alive connections, and the credentials of MLflow's own client.

By urllib3, which MLflow's client stands on too: it is well kept, imports in a tenth of a second less
than requests, and lets a connection say when it waits for an answer.
"""

from __future__ import annotations

import configparser
import contextlib
import functools
import importlib.metadata
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import Retry, Timeout, make_headers

from registrar.errors import ConfigError, Problem
from registrar.uris import is_http
from registrar.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3.response import BaseHTTPResponse

__all__ = ["CONNECTIONS", "Session", "is_direct"]

CONNECTIONS = 8  # at a time
REDIRECTS = 5
TRUE = {"true", "1"}
# The kernel waits 40 ms with an acknowledgement that MLflow's server waits for, unless it is told
# not to, anew for each answer.
QUICKACK = getattr(socket, "TCP_QUICKACK", None)
# What speaks another way to the server, which MLflow's client knows and registrar does not.
SPECIAL = (
    *("MLFLOW_TRACKING_AWS_SIGV4", "MLFLOW_TRACKING_AUTH", "DATABRICKS_RUNTIME_VERSION"),
    "_MLFLOW_DATABRICKS_TRAFFIC_ID",
)
PLUGINS = (
    "mlflow.request_header_provider",
    "mlflow.tracking_store",
    "mlflow.model_registry_store",
)


def is_direct(uri: str) -> bool:
    """Whether a server is reached without MLflow's client: by HTTP with plain credentials.

    Signed requests, plugins and netrc files are left to that client.
    """
    if not is_http(uri):
        return False
    if any(os.environ.get(name, "").lower() not in {"", "false", "0"} for name in SPECIAL):
        return False
    if _has_plugins():
        return False
    return not _in_netrc(urlsplit(uri).hostname or "")


@functools.cache
def _has_plugins() -> bool:
    """Whether something installed adds to how MLflow's client speaks."""
    found = importlib.metadata.entry_points()
    return any(found.select(group=group) for group in PLUGINS)


class Session:
    """Requests to one server, each with `timeout` seconds for its answer; used by many threads."""

    def __init__(self, uri: str, timeout: float) -> None:
        self.base = uri.rstrip("/")
        self.timeout = timeout
        self.headers = _headers()
        self.follows = os.environ.get("MLFLOW_ALLOW_HTTP_REDIRECTS", "true").lower() in TRUE
        self.pools = _pools(self.base, timeout)

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
    ) -> BaseHTTPResponse:
        """The answer, whatever its status. Raises urllib3's HTTPError where there is none.

        Only a GET follows where the server points to: nothing else is sent twice.
        """
        kind = {"Content-Type": "application/json"} if body is not None else {}
        asked = f"?{urlencode(query, doseq=True)}" if query else ""
        return self.pools.request(
            method,
            self.base + path + asked,
            body=body,
            headers={**self.headers, **kind},
            redirect=self.follows and method == "GET",
        )

    def close(self) -> None:
        """All connections are closed."""
        self.pools.clear()


class _Quick(HTTPConnection):
    def getresponse(self) -> Any:
        """The answer; its first segment is acknowledged at once."""
        _acknowledge(self.sock)
        return super().getresponse()


class _QuickTls(HTTPSConnection):
    def getresponse(self) -> Any:
        """The answer; its first segment is acknowledged at once."""
        _acknowledge(self.sock)
        return super().getresponse()


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Quick


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _QuickTls


def _acknowledge(sock: Any) -> None:
    if QUICKACK is not None and sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)


def _pools(base: str, timeout: float) -> urllib3.PoolManager:
    settings: dict[str, Any] = {
        "maxsize": CONNECTIONS,
        "block": True,
        "timeout": Timeout(connect=timeout, read=timeout),
        "retries": Retry(connect=0, read=0, status=0, other=0, redirect=REDIRECTS, total=None),
        **(_tls() if base.startswith("https:") else {}),
    }
    proxy = _proxy(base)
    pools = urllib3.ProxyManager(proxy, **settings) if proxy else urllib3.PoolManager(**settings)
    pools.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return pools


def _proxy(base: str) -> str | None:
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(base)
    proxies = getproxies()
    if not proxies or proxy_bypass(parts.netloc):
        return None
    return proxies.get(parts.scheme) or proxies.get("all")


def _tls() -> dict[str, Any]:
    """How the server's certificate is checked, and ours is shown, as MLflow's client does it."""
    insecure = os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in TRUE
    own = os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH")
    if insecure and own:
        message = "MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH contradict each other"
        raise ConfigError(Problem("todo", message, "Unset one of them."))
    client = os.environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH")
    ours = {"cert_file": _existing(client, "MLFLOW_TRACKING_CLIENT_CERT_PATH")} if client else {}
    if insecure:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        return {"cert_reqs": "CERT_NONE", "assert_hostname": False, **ours}
    for name in ("MLFLOW_TRACKING_SERVER_CERT_PATH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if os.environ.get(name):
            path = _existing(os.environ[name], name)
            key = "ca_cert_dir" if Path(path).is_dir() else "ca_certs"
            return {"cert_reqs": "CERT_REQUIRED", key: path, **ours}
    import certifi

    return {"cert_reqs": "CERT_REQUIRED", "ca_certs": certifi.where(), **ours}


def _existing(path: str, name: str) -> str:
    if not Path(path).exists():
        raise ConfigError(Problem("todo", f"{name}: there is no {path}", "Correct the path."))
    return path


def _headers() -> dict[str, str]:
    headers = {"User-Agent": f"mlflow-registrar/{__version__}"}
    user, password = (_credential(f"mlflow_tracking_{name}") for name in ("username", "password"))
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    if user and password:
        plain = f"{user}:{password}".encode().decode("latin-1")  # UTF-8 on the wire
        headers |= {"Authorization": make_headers(basic_auth=plain)["authorization"]}
    elif token:
        headers["Authorization"] = f"Bearer {token}"
    workspace = os.environ.get("MLFLOW_WORKSPACE", "").strip()
    if workspace:
        headers["X-MLFLOW-WORKSPACE"] = workspace
    return headers


def _credential(name: str) -> str | None:
    """From the environment, else from MLflow's file."""
    if os.environ.get(name.upper()):
        return os.environ[name.upper()]
    file = configparser.ConfigParser()
    path = Path("~/.mlflow/credentials").expanduser()
    try:
        file.read(path)
    except (configparser.Error, UnicodeDecodeError):
        raise ConfigError(
            Problem("todo", f"{path} is not an ini file", "See MLflow's docs.")
        ) from None
    return file.get("mlflow", name, fallback=None, raw=True)


def _in_netrc(host: str) -> bool:
    import netrc

    path = os.environ.get("NETRC") or str(Path("~/.netrc").expanduser())
    try:
        return netrc.netrc(path).authenticators(host) is not None
    except (OSError, netrc.NetrcParseError):
        return False
