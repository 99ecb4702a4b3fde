"""The registry through MLflow's own client: any server, database or plugin MLflow knows."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from registrar.errors import InvalidRequestError, NotFoundError
from registrar.registry.decode import aliases_of, version_of, versions_of
from registrar.registry.filters import quoted
from registrar.registry.reads import Observer
from registrar.state import DIGEST_TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from registrar.registry.connection import Connection
    from registrar.state import DesiredModel, ObservedModel, ObservedVersion, Stored

__all__ = ["ClientRegistry"]


class ClientRegistry:
    """See `protocol.Registry`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.client = connection.client
        self.server = connection.server
        self.observer = Observer(connection)

    def observe(self, names: Iterable[str] | None) -> Mapping[str, ObservedModel]:
        """The models of these names (all if None) that exist, with all live versions."""
        if names is None:
            return self.observer.everything()
        return self.observer.named(dict.fromkeys(names))

    def observe_for(self, desired: Iterable[DesiredModel]) -> Mapping[str, ObservedModel]:
        """Those of the desired models that exist, with the live versions that matter to them."""
        return self.observer.named({model.name: model for model in desired})

    def find_by_digest(self, name: str, digest: str) -> tuple[ObservedVersion, ...]:
        """The live versions of a model that carry `digest`, lowest number first."""
        where = f"name = {quoted(name)} AND tags.`{DIGEST_TAG}` = '{digest}'"
        found = list(self.observer.found(where))
        return versions_of(found, self.get_aliases(name) if len(found) > 1 else {})

    def get_version(self, name: str, number_or_alias: str) -> ObservedVersion:
        """One version, by number or as `@alias`."""
        client = self.client

        def get() -> Any:
            if number_or_alias.startswith("@"):
                return client.get_model_version_by_alias(name, number_or_alias[1:])
            return client.get_model_version(name, number_or_alias)

        try:
            return version_of(self.connection.repeat(get), {})
        except InvalidRequestError as error:  # a missing alias is an invalid parameter to MLflow
            raise NotFoundError(*error.problems) from None

    def get_aliases(self, name: str) -> Mapping[str, int]:
        """Alias -> version number, as they are now."""
        try:
            model = self.connection.repeat(lambda: self.client.get_registered_model(name))
        except NotFoundError:
            return {}
        return aliases_of(model)

    def create_model(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        """The registered model exists, with its description and tags. Sent once."""
        self.connection.once(
            lambda: self.client.create_registered_model(name, dict(tags), description)
        )

    def create_version(
        self, name: str, stored: Stored, description: str, tags: Mapping[str, str]
    ) -> int:
        """A new version exists, complete with its tags; its number. Sent once."""
        # MLflow 2 has no such argument, and no logged models.
        logged = {"model_id": stored.model_id} if stored.model_id else {}
        made = self.connection.once(
            lambda: self.client.create_model_version(
                name,
                stored.source,
                run_id=stored.run_id,
                tags=dict(tags),
                description=description,
                await_creation_for=0,
                **logged,
            )
        )
        return int(made.version)

    def set_description(self, name: str, version: int | None, description: str) -> None:
        """The version (the model if None) has this description."""
        client = self.client
        if version is None:
            self._set(lambda: client.update_registered_model(name, description))
        else:
            self._set(lambda: client.update_model_version(name, str(version), description))

    def set_tag(self, name: str, version: int | None, key: str, value: str) -> None:
        """The version (the model if None) has this tag."""
        client = self.client
        if version is None:
            self._set(lambda: client.set_registered_model_tag(name, key, value))
        else:
            self._set(lambda: client.set_model_version_tag(name, str(version), key, value))

    def delete_tag(self, name: str, version: int | None, key: str) -> None:
        """The version (the model if None) does not have this tag."""
        client = self.client
        if version is None:
            self._set(lambda: client.delete_registered_model_tag(name, key))
        else:
            self._set(lambda: client.delete_model_version_tag(name, str(version), key))

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """The alias points to the version."""
        self._set(lambda: self.client.set_registered_model_alias(name, alias, str(version)))

    def delete_alias(self, name: str, alias: str) -> None:
        """The alias is gone."""
        self._set(lambda: self.client.delete_registered_model_alias(name, alias))

    def delete_version(self, name: str, version: int) -> None:
        """The version is gone; it may have been gone before."""
        with contextlib.suppress(NotFoundError):
            self._set(lambda: self.client.delete_model_version(name, str(version)))

    def delete_model(self, name: str) -> None:
        """The model is gone with all its versions; it may have been gone before."""
        with contextlib.suppress(NotFoundError):
            self._set(lambda: self.client.delete_registered_model(name))

    def use_mlflow(self) -> None:
        """MLflow's own functions go to this registry, until it is disconnected."""
        self.connection.mlflow()

    def get_location(self, name: str, version: int) -> str:
        """Where the version's files are, as a URI."""
        get = self.client.get_model_version_download_uri
        return str(self.connection.repeat(lambda: get(name, str(version))))

    def _set(self, call: Callable[[], object]) -> None:
        """These writes may be repeated: the second time changes nothing."""
        self.connection.repeat(call)
