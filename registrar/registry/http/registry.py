"""Requests about registered models, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.registry.decode import model_from_json, page_from_json, version_from_json
from registrar.registry.failures import OversizedReplyError
from registrar.registry.http.json_api import JsonApi, tag_list
from registrar.registry.json_shape import part, required_text, text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from registrar.registry.http.transport import Transport
    from registrar.registry.mlflow_api import ModelHeader, Page
    from registrar.state import ObservedVersion, Stored

__all__ = ["HttpRegistryApi"]

MODELS = "registered-models"
VERSIONS = "model-versions"
MIN_PAGE_SIZE = 1000  # versions; a smaller page is not divided any more
# MLflow orders by name then. One field, because signatures for AWS cover no key that is repeated.
VERSION_ORDER = ["version_number ASC"]


class HttpRegistryApi:
    """See `mlflow_api.RegistryApi`."""

    def __init__(self, transport: Transport) -> None:
        self.api = JsonApi(transport)

    def create_model(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        """See `RegistryApi`."""
        fields = {"name": name, "tags": tag_list(tags), "description": description}
        self.api.send("POST", f"{MODELS}/create", fields)

    def get_model(self, name: str) -> ModelHeader:
        """See `RegistryApi`."""
        reply = self.api.get(f"{MODELS}/get", {"name": name})
        return model_from_json(part(reply, "registered_model"))

    def search_models(self, where: str | None, size: int, token: str | None) -> Page[ModelHeader]:
        """See `RegistryApi`."""
        query = {"filter": where, "max_results": size, "page_token": token}
        reply = self.api.search(f"{MODELS}/search", query, "GET")
        return page_from_json(reply, "registered_models", model_from_json)

    def delete_model(self, name: str) -> None:
        """See `RegistryApi`."""
        self.api.send("DELETE", f"{MODELS}/delete", {"name": name})

    def create_version(
        self, name: str, stored: Stored, description: str, tags: Mapping[str, str]
    ) -> ObservedVersion:
        """See `RegistryApi`."""
        fields = {
            "name": name,
            "source": stored.source,
            "run_id": stored.run_id,
            "model_id": stored.model_id,
            "tags": tag_list(tags),
            "description": description,
        }
        reply = self.api.send("POST", f"{VERSIONS}/create", fields)
        return version_from_json(part(reply, "model_version"))

    def get_version(self, name: str, number: int) -> ObservedVersion:
        """See `RegistryApi`."""
        reply = self.api.get(f"{VERSIONS}/get", {"name": name, "version": str(number)})
        return version_from_json(part(reply, "model_version"))

    def get_version_by_alias(self, name: str, alias: str) -> ObservedVersion:
        """See `RegistryApi`."""
        reply = self.api.get(f"{MODELS}/alias", {"name": name, "alias": alias})
        return version_from_json(part(reply, "model_version"))

    def search_versions(
        self, where: str | None, size: int, token: str | None
    ) -> Page[tuple[str, ObservedVersion]]:
        """See `RegistryApi`."""
        try:
            return self._search_versions(where, size, token)
        except OversizedReplyError:  # versions with very long texts
            if size < MIN_PAGE_SIZE:
                raise
            return self.search_versions(where, size // 10, token)

    def _search_versions(
        self, where: str | None, size: int, token: str | None
    ) -> Page[tuple[str, ObservedVersion]]:
        query: dict[str, Any] = {"filter": where, "max_results": size}
        query |= {"order_by": VERSION_ORDER, "page_token": token}
        reply = self.api.search(f"{VERSIONS}/search", query, "GET")
        return page_from_json(
            reply,
            "model_versions",
            lambda item: (required_text(item, "name"), version_from_json(item)),
        )

    def delete_version(self, name: str, number: int) -> None:
        """See `RegistryApi`."""
        self.api.send("DELETE", f"{VERSIONS}/delete", {"name": name, "version": str(number)})

    def get_location(self, name: str, number: int) -> str:
        """See `RegistryApi`."""
        query = {"name": name, "version": str(number)}
        return text(self.api.get(f"{VERSIONS}/get-download-uri", query), "artifact_uri")

    def set_description(self, name: str, version: int | None, description: str) -> None:
        """See `RegistryApi`."""
        self._send("PATCH", "update", name, version, description=description)

    def set_tag(self, name: str, version: int | None, key: str, value: str) -> None:
        """See `RegistryApi`."""
        self._send("POST", "set-tag", name, version, key=key, value=value)

    def delete_tag(self, name: str, version: int | None, key: str) -> None:
        """See `RegistryApi`."""
        self._send("DELETE", "delete-tag", name, version, key=key)

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """See `RegistryApi`."""
        fields = {"name": name, "alias": alias, "version": str(version)}
        self.api.send("POST", f"{MODELS}/alias", fields)

    def delete_alias(self, name: str, alias: str) -> None:
        """See `RegistryApi`."""
        self.api.send("DELETE", f"{MODELS}/alias", {"name": name, "alias": alias})

    def _send(
        self, method: str, action: str, name: str, version: int | None, **fields: str
    ) -> None:
        """Send a request that a model and a version take alike."""
        resource = MODELS if version is None else VERSIONS
        number = None if version is None else str(version)
        self.api.send(method, f"{resource}/{action}", {"name": name, "version": number, **fields})
