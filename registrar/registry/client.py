"""A registry that is reached through a connection, each request repeated as its nature allows."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from registrar.errors import (
    InvalidParameterError,
    NotFoundError,
    OutcomeUnknownError,
    ServerError,
)
from registrar.registry.decode import with_aliases
from registrar.registry.http.rights import read_rights
from registrar.registry.pending_versions import check_created, wait_while_pending
from registrar.registry.reads import RegistryReader
from registrar.registry.upload_users import find_possible_users

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from registrar.policy.rights import Rights
    from registrar.registry.connection import Connection
    from registrar.state import DesiredModel, ObservedModel, ObservedVersion, Stored

__all__ = ["RegistryClient"]


class RegistryClient:
    """See `protocol.Registry`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.server = connection.server
        self.api = connection.registry_api
        self.retry = connection.retry
        self.reader = RegistryReader(connection)

    def observe(self, names: Iterable[str] | None) -> Mapping[str, ObservedModel]:
        """See `Registry`."""
        if names is None:
            return self.reader.read_all()
        return self.reader.read(dict.fromkeys(names))

    def observe_for(self, desired: Iterable[DesiredModel]) -> Mapping[str, ObservedModel]:
        """See `Registry`."""
        return self.reader.read({model.name: model for model in desired})

    def find_by_digest(self, name: str, digest: str) -> tuple[ObservedVersion, ...]:
        """See `Registry`. The aliases are read only where there are duplicates."""
        versions = wait_while_pending(
            self.retry,
            self.reader.find_by_digest(name, digest),
            lambda found: [(name, version) for version in found if version.is_pending],
            lambda _: self.reader.find_by_digest(name, digest),
        )
        return with_aliases(versions, self.get_aliases(name) if len(versions) > 1 else {})

    def find_names(self, digest: str) -> Mapping[str, int]:
        """See `Registry`."""
        return self.reader.find_names(digest)

    def find_owned(self, owners: Collection[str]) -> Mapping[str, str]:
        """See `Registry`."""
        return self.reader.find_owned(owners)

    def find_possible_users(
        self, uploads: Sequence[Stored], sources: Collection[tuple[str, int]]
    ) -> tuple[tuple[str, ObservedVersion], ...]:
        """See `Registry`."""
        parallel = self.connection.parallel
        return find_possible_users(self.api, self.retry, uploads, sources, parallel)

    def get_version(self, name: str, selector: str) -> ObservedVersion:
        """See `Registry`."""
        alias = selector.removeprefix("@")
        if selector == alias:
            return self.retry.call(lambda: self.api.get_version(name, int(selector)))
        if alias.startswith("sha256:"):  # no alias holds a colon
            return self.reader.get_by_digest(name, alias)
        try:
            return self.retry.call(lambda: self.api.get_version_by_alias(name, alias))
        except NotFoundError:
            raise
        except InvalidParameterError:  # a missing alias is an invalid parameter to MLflow
            raise NotFoundError(f"{name} has no alias '{alias}'") from None

    def get_aliases(self, name: str) -> Mapping[str, int]:
        """See `Registry`."""
        try:
            return self.retry.call(lambda: self.api.get_model(name)).aliases
        except NotFoundError:
            return {}

    def read_rights(self, names: Iterable[str]) -> Rights | None:
        """See `Registry`. Each request is sent once."""
        return read_rights(self.connection.transports[self.connection.registry_uri], names)

    def create_model(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        """See `Registry`."""
        self.retry.call_once(lambda: self.api.create_model(name, description, tags))

    def create_version(
        self, name: str, stored: Stored, description: str, tags: Mapping[str, str]
    ) -> int:
        """See `Registry`."""
        created = self.retry.call_once(
            lambda: self.api.create_version(name, stored, description, tags)
        )
        try:
            created = wait_while_pending(
                self.retry,
                created,
                lambda version: [(name, version)] if version.is_pending else [],
                lambda version: self.get_version(name, str(version.number)),
            )
        except ServerError as failure:  # the version exists all the same
            raise OutcomeUnknownError(*failure.problems) from None
        check_created(name, created)
        return created.number

    # The second time, these writes change nothing, so they are repeated.

    def set_description(self, name: str, version: int | None, description: str) -> None:
        """See `Registry`."""
        self.retry.call(lambda: self.api.set_description(name, version, description))

    def set_tag(self, name: str, version: int | None, key: str, value: str) -> None:
        """See `Registry`."""
        self.retry.call(lambda: self.api.set_tag(name, version, key, value))

    def delete_tag(self, name: str, version: int | None, key: str) -> None:
        """See `Registry`."""
        self.retry.call(lambda: self.api.delete_tag(name, version, key))

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """See `Registry`."""
        self.retry.call(lambda: self.api.set_alias(name, alias, version))

    def delete_alias(self, name: str, alias: str) -> None:
        """See `Registry`."""
        self.retry.call(lambda: self.api.delete_alias(name, alias))

    def delete_version(self, name: str, version: int) -> None:
        """See `Registry`."""
        with contextlib.suppress(NotFoundError):
            self.retry.call(lambda: self.api.delete_version(name, version))

    def delete_model(self, name: str) -> None:
        """See `Registry`."""
        with contextlib.suppress(NotFoundError):
            self.retry.call(lambda: self.api.delete_model(name))

    def use_mlflow(self) -> None:
        """See `Registry`."""
        self.connection.prepare_mlflow()

    def get_location(self, name: str, version: int) -> str:
        """See `Registry`."""
        return self.retry.call(lambda: self.api.get_location(name, version))
