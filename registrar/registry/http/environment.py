"""What the environment says about HTTP, read as MLflow's client and requests read it.

That is proxies, certificates, credentials, and whether the server is spoken to in a way that only
MLflow's own client knows.
"""

from __future__ import annotations

import configparser
import functools
import importlib.metadata
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.util import make_headers

from registrar.errors import ConfigError, Problem
from registrar.registry.http.credentials import process_variable
from registrar.uris import is_http, safe_uri
from registrar.version import __version__

if TYPE_CHECKING:
    from registrar.registry.http.credentials import Credentials

__all__ = [
    "Proxy",
    "allows_redirects",
    "check_socks",
    "has_store_plugin",
    "is_direct",
    "is_signed",
    "proxy_for",
    "request_headers",
    "tls_settings",
]

TRUE = {"true", "1"}
FALSE = {"", "false", "0"}
# Each of these changes the requests in a way that MLflow's client knows and registrar does not.
SPECIAL_VARIABLES = (
    "MLFLOW_TRACKING_AWS_SIGV4",
    "MLFLOW_TRACKING_AUTH",
    "DATABRICKS_RUNTIME_VERSION",
    "_MLFLOW_DATABRICKS_TRAFFIC_ID",
)
HEADER_PLUGINS = "mlflow.request_header_provider"
STORE_PLUGINS = ("mlflow.tracking_store", "mlflow.model_registry_store")
NETRC_FILES = ("~/.netrc", "~/_netrc")
CA_VARIABLES = ("MLFLOW_TRACKING_SERVER_CERT_PATH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy: its URL without credentials, and the headers that those make."""

    url: str
    headers: dict[str, str]


def is_direct(uri: str, credentials: Credentials | None = None) -> bool:
    """Return whether registrar itself sends the requests to a server.

    Signed requests, plugins, passwords of netrc files and SOCKS proxies are left to MLflow. A
    server's own `credentials` come before the other logins.
    """
    if not is_http(uri) or _plugins(HEADER_PLUGINS):
        return False
    if credentials is None:
        if any((process_variable(n) or "").lower() not in FALSE for n in SPECIAL_VARIABLES):
            return False
        if _is_in_netrc(urlsplit(uri).hostname or ""):
            return False
    proxy = _proxy_url(uri)
    return proxy is None or is_http(proxy)


def has_store_plugin(uri: str) -> bool:
    """Return whether an installed plugin takes MLflow's place for servers with this scheme."""
    scheme = urlsplit(uri).scheme
    return any(scheme in _plugins(group) for group in STORE_PLUGINS)


def is_signed() -> bool:
    """Return whether requests are signed for AWS."""
    return os.environ.get("MLFLOW_TRACKING_AWS_SIGV4", "").lower() not in FALSE


def allows_redirects() -> bool:
    """Return whether a GET follows where a server redirects it to."""
    return os.environ.get("MLFLOW_ALLOW_HTTP_REDIRECTS", "true").lower() in TRUE


def proxy_for(url: str) -> Proxy | None:
    """Return the HTTP proxy that requests to `url` go through, if there is one."""
    address = _proxy_url(url)
    if address is None:
        return None
    parts = urlsplit(address)
    headers = {}
    if parts.username is not None:
        user, password = unquote(parts.username), unquote(parts.password or "")
        headers = make_headers(proxy_basic_auth=_latin(f"{user}:{password}"))
    place = parts.netloc.rpartition("@")[2]
    return Proxy(f"{parts.scheme}://{place}", headers)


def check_socks(url: str) -> None:
    """Raise ConfigError where a SOCKS proxy needs a package that is not installed."""
    proxy = _proxy_url(url)
    if proxy and proxy.startswith("socks") and importlib.util.find_spec("socks") is None:
        message = f"the proxy {safe_uri(proxy)} needs the package PySocks"
        raise ConfigError(Problem("missing-package", message, "Install PySocks."))


def request_headers(credentials: Credentials | None = None) -> dict[str, str]:
    """Return the headers of each request: user agent, the server's or the process's login, workspace."""
    headers = {"User-Agent": f"registrar/{__version__}"}
    if credentials is None:
        user, password = (_credential(f"mlflow_tracking_{n}") for n in ("username", "password"))
        token = process_variable("MLFLOW_TRACKING_TOKEN")
    else:
        user, password, token = credentials.username, credentials.password, credentials.token
    if user and password:
        basic = make_headers(basic_auth=_latin(f"{user}:{password}"))
        headers["Authorization"] = basic["authorization"]
    elif token:
        headers["Authorization"] = f"Bearer {token}"
    workspace = os.environ.get("MLFLOW_WORKSPACE", "").strip()
    if workspace:
        headers["X-MLFLOW-WORKSPACE"] = workspace
    return headers


def tls_settings() -> dict[str, Any]:
    """Return how the server's certificate is checked and the client's is shown, for urllib3.

    Raises ConfigError for a file that does not exist, and for settings that contradict each other.
    """
    insecure = os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in TRUE
    if insecure and os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH"):
        message = (
            "MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH exclude each other"
        )
        raise ConfigError(Problem("contradiction", message, "Unset one of them."))
    settings: dict[str, Any] = {"cert_reqs": "CERT_REQUIRED"}
    if os.environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH"):
        settings["cert_file"] = _existing_path("MLFLOW_TRACKING_CLIENT_CERT_PATH")
    if insecure:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        return settings | {"cert_reqs": "CERT_NONE", "assert_hostname": False}
    for variable in CA_VARIABLES:
        if os.environ.get(variable):
            path = _existing_path(variable)
            return settings | {"ca_cert_dir" if Path(path).is_dir() else "ca_certs": path}
    import certifi

    return settings | {"ca_certs": certifi.where()}


def _existing_path(variable: str) -> str:
    path = os.environ[variable]
    if not Path(path).exists():
        message = f"{variable}: {path} does not exist"
        raise ConfigError(Problem("no-such-file", message, "Correct the path."))
    return path


@functools.cache
def _plugins(group: str) -> frozenset[str]:
    """Return the names of the installed plugins of one kind."""
    return frozenset(point.name for point in importlib.metadata.entry_points(group=group))


def _proxy_url(url: str) -> str | None:
    """Return the URL of the proxy for `url`, credentials included; None for no proxy.

    requests decides, because NO_PROXY has no standard. It is imported only where a proxy is set.
    """
    from urllib.request import getproxies

    if not getproxies():
        return None
    from requests.utils import get_environ_proxies, select_proxy

    proxy = select_proxy(url, get_environ_proxies(url))
    # requests takes the host of `proxy:3128` for a scheme; curl and this do not.
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _is_in_netrc(host: str) -> bool:
    """Return whether a netrc file has credentials for a host; those come before all others."""
    import netrc

    named = process_variable("NETRC")
    paths = map(_expand, (named,) if named else NETRC_FILES)
    path = next((path for path in paths if path.exists()), None)
    if path is None:
        return False
    try:
        return any(netrc.netrc(path).authenticators(host) or ())
    except (OSError, UnicodeDecodeError, netrc.NetrcParseError):
        return False


def _credential(name: str) -> str | None:
    """Return a credential from the environment, else from MLflow's file."""
    if value := process_variable(name.upper()):
        return value
    file = configparser.ConfigParser()
    path = _expand("~/.mlflow/credentials")
    try:
        file.read(path)
    except (configparser.Error, UnicodeDecodeError):
        hint = "Correct it: a section [mlflow] with mlflow_tracking_username and _password."
        raise ConfigError(Problem("invalid-file", f"{path} is not an INI file", hint)) from None
    return file.get("mlflow", name, fallback=None, raw=True)


def _expand(path: str) -> Path:
    """Return a path without `~`. Where the system knows no home, it stays, and names no file."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path.expanduser raises RuntimeError


def _latin(text: str) -> str:
    """Return a text whose latin-1 bytes, which urllib3 sends, are the UTF-8 bytes of `text`."""
    return text.encode().decode("latin-1")
