"""A connection to the tracking server and the registry of one configuration."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from registrar.config.hosts import check_source_host
from registrar.config.permissions import read_permissions
from registrar.errors import RefusedError
from registrar.registry.database import limit_lock_wait
from registrar.registry.http.environment import has_store_plugin, is_direct
from registrar.registry.http.mlflow_session import MlflowSession
from registrar.registry.http.registry import HttpRegistryApi
from registrar.registry.http.session import Session
from registrar.registry.http.tracking import HttpTrackingApi
from registrar.registry.http.transport import CONNECTIONS
from registrar.registry.mlflow_client import MlflowRegistryApi, MlflowTrackingApi
from registrar.registry.mlflow_settings import mlflow_settings
from registrar.registry.retry import Retry
from registrar.registry.server_version import get_server_version
from registrar.registry.translate_errors import missing_package
from registrar.state import Server
from registrar.uris import is_http, safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from registrar.registry.http.credentials import Credentials
    from registrar.registry.http.transport import Transport
    from registrar.registry.mlflow_api import RegistryApi, TrackingApi

__all__ = ["Connection"]


class Connection:
    """A tracking server and a registry that have answered, and told their version.

    Servers are asked over HTTP. MLflow's own client is made for databases, and for plugins; its
    settings are changed from the first `prepare_mlflow` until `close`. Once `stop` returns True,
    nothing is waited for but replies to writes.
    """

    def __init__(
        self,
        tracking_uri: str,
        registry_uri: str,
        timeout: float,
        stop: Callable[[], bool] = lambda: False,
        credentials: Credentials | None = None,
    ) -> None:
        self.tracking_uri = tracking_uri
        self.registry_uri = registry_uri
        self.timeout = timeout
        self.stop = stop
        self.credentials = credentials
        self.permissions = read_permissions()
        retries = {
            uri: Retry(safe_uri(uri), timeout, stop=stop) for uri in (tracking_uri, registry_uri)
        }
        self.retry, self.tracking_retry = retries[registry_uri], retries[tracking_uri]
        self._resources = contextlib.ExitStack()
        self._lock = threading.RLock()
        self._is_prepared = False
        self._client: Any = None
        try:
            self.transports = {
                uri: self._open(uri) for uri in dict.fromkeys((tracking_uri, registry_uri))
            }
            versions = {
                uri: get_server_version(uri, transport, retries[uri])
                for uri, transport in self.transports.items()
            }
            self.server = Server(
                safe_uri(registry_uri), safe_uri(tracking_uri), versions[registry_uri]
            )
            self.registry_api = self._registry_api()
            self.tracking_api = self._tracking_api()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connections, and restore MLflow's settings."""
        self._resources.close()

    @property
    def parallel(self) -> int:
        """How many requests may be sent at a time; an embedded database answers one by one."""
        return CONNECTIONS if self.rest_transport(self.registry_uri) is not None else 1

    def prepare_mlflow(self, store: str = "") -> None:
        """Change MLflow's settings for this connection, if that is not done yet.

        `store` is the address of files that only MLflow's client of their store can reach, where
        these are what needs MLflow. Raises ConfigError where MLflow is not installed.
        """
        with self._lock:
            if not self._is_prepared:
                settings = mlflow_settings(
                    self.tracking_uri, self.registry_uri, self.timeout, self.credentials
                )
                try:
                    self._resources.enter_context(settings)
                except ModuleNotFoundError as error:  # over HTTP, most commands do without MLflow
                    package = error.name or "mlflow"
                    if store and package == "mlflow":  # the small MLflow has the clients of stores
                        package = "mlflow-skinny"
                    raise missing_package(safe_uri(store or self.registry_uri), package) from None
                self._is_prepared = True

    def check_host(self, location: str) -> None:
        """Raise RefusedError for a place of files on a host that may not be contacted."""
        problem = check_source_host(location, self.tracking_uri, self.permissions)
        if problem is not None:
            raise RefusedError(problem)

    def _open(self, uri: str) -> Transport | None:
        """Return what sends requests to a server; None for a database."""
        if not is_http(uri):
            return None
        transport: Transport
        if is_direct(uri, self.credentials):
            transport = Session(uri, self.timeout, self.stop, self.credentials)
        else:
            transport = MlflowSession(uri, self.timeout, self.prepare_mlflow, self.stop)
        self._resources.callback(transport.close)
        return transport

    def rest_transport(self, uri: str) -> Transport | None:
        """Return what sends requests to a server with MLflow's REST API; None for all others."""
        return None if has_store_plugin(uri) else self.transports[uri]

    def _registry_api(self) -> RegistryApi:
        transport = self.rest_transport(self.registry_uri)
        if transport is None:
            return MlflowRegistryApi(self._mlflow_client())
        return HttpRegistryApi(transport)

    def _tracking_api(self) -> TrackingApi:
        transport = self.rest_transport(self.tracking_uri)
        if transport is None:
            return MlflowTrackingApi(self._mlflow_client())
        return HttpTrackingApi(transport)

    def _mlflow_client(self) -> Any:
        """Return MLflow's own client, which opens the databases."""
        if self._client is None:
            self.prepare_mlflow()
            for uri in self.transports:
                self._resources.enter_context(limit_lock_wait(uri, self.timeout))
            self._client = self.retry.call_once(self._make_client)
        return self._client

    def _make_client(self) -> Any:
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=self.tracking_uri, registry_uri=self.registry_uri)
