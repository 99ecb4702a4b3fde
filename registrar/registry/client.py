"""The registry through MLflow's own client: any server, database or plugin MLflow knows."""

from __future__ import annotations

import contextlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from registrar import progress
from registrar.errors import NotFoundError, RejectedError, ServerError
from registrar.registry.bulk import among, chunks, is_quotable, quoted
from registrar.state import (
    BIRTH_TAG,
    CONFIG_TAG,
    DIGEST_TAG,
    LINEAGE_TAG,
    MANAGED_TAG,
    OWNER_TAG,
    PINNED_TAG,
    PROMPT_TAG,
    Model,
    Version,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from registrar.registry.connection import Connection
    from registrar.registry.protocol import Stored

__all__ = ["ClientRegistry"]

PAGE = 1000
VERSIONS_PAGE = 10_000
FEW = 3  # models are asked for by name, which costs two requests for each
OURS = {DIGEST_TAG, MANAGED_TAG, CONFIG_TAG, OWNER_TAG, LINEAGE_TAG, PINNED_TAG, BIRTH_TAG}


class ClientRegistry:
    """See `protocol.Registry`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.client = connection.client
        self.server = connection.server

    def observe(self, names: Iterable[str] | None) -> Mapping[str, Model]:
        """The models of these names (all if None) that exist, with all live versions."""
        if names is None:
            return self._everything()
        wanted = list(dict.fromkeys(names))
        with progress.step("reading", len(wanted)):
            found = self._several(wanted) if len(wanted) > FEW else None
            if found is None:
                found = self._one_by_one(wanted)
        return {name: found[name] for name in wanted if name in found}

    def with_digest(self, name: str, digest: str) -> tuple[Version, ...]:
        """The live versions of a model that carry `digest`, lowest number first."""
        where = f"name = {quoted(name)} AND tags.`{DIGEST_TAG}` = '{digest}'"
        found = self._versions(where, {})
        return self._versions(where, self.aliases(name)) if len(found) > 1 else found

    def version(self, name: str, number_or_alias: str) -> Version:
        """One version, by number or as `@alias`."""
        client = self.client

        def get() -> Any:
            if number_or_alias.startswith("@"):
                return client.get_model_version_by_alias(name, number_or_alias[1:])
            return client.get_model_version(name, number_or_alias)

        try:
            return _version(self.connection.repeat(get), {})
        except RejectedError as error:  # a missing alias is an invalid parameter to MLflow
            raise NotFoundError(*error.problems) from None

    def aliases(self, name: str) -> Mapping[str, int]:
        """Alias -> version number, as they are now."""
        try:
            model = self.connection.repeat(lambda: self.client.get_registered_model(name))
        except NotFoundError:
            return {}
        return {alias: int(number) for alias, number in model.aliases.items()}

    def create_model(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        """The registered model exists, with its description and tags. Sent once."""
        self.connection.once(
            lambda: self.client.create_registered_model(name, dict(tags), description)
        )

    def create_version(
        self, name: str, stored: Stored, description: str, tags: Mapping[str, str]
    ) -> int:
        """A new version exists, complete with its tags; its number. Sent once."""
        made = self.connection.once(
            lambda: self.client.create_model_version(
                name,
                stored.source,
                run_id=stored.run_id,
                tags=dict(tags),
                description=description,
                await_creation_for=0,
                model_id=stored.model_id,
            )
        )
        return int(made.version)

    def describe(self, name: str, version: int | None, description: str) -> None:
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

    def location(self, name: str, version: int) -> str:
        """Where the version's files are, as a URI."""
        get = self.client.get_model_version_download_uri
        return str(self.connection.repeat(lambda: get(name, str(version))))

    def _set(self, call: Callable[[], object]) -> None:
        """These writes may be repeated: the second time changes nothing."""
        self.connection.repeat(call)

    def _model(self, name: str) -> Model | None:
        try:
            model = self.connection.repeat(lambda: self.client.get_registered_model(name))
        except NotFoundError:
            return _prompt(name) if self._is_prompt(name) else None
        if model.name != name:
            raise self._other(model.name, f"'{name}'")
        return _model(model, self._found(f"name = {quoted(name)}"))

    def _one_by_one(self, names: Iterable[str]) -> dict[str, Model]:
        found = {}
        with ThreadPoolExecutor(self.connection.parallel) as pool:
            names = list(names)
            for name, model in zip(names, pool.map(self._model, names), strict=True):
                progress.advance("reading")
                if model is not None:
                    found[name] = model
        return found

    def _several(self, names: Sequence[str]) -> dict[str, Model] | None:
        """The models in a question for a hundred; None where the server can not answer those."""
        listed = [name for name in names if is_quotable(name)]
        found = self._one_by_one(name for name in names if not is_quotable(name))
        try:
            with ThreadPoolExecutor(self.connection.parallel) as pool:
                for some in pool.map(self._chunk, chunks(listed)):
                    found |= some
        except RejectedError:  # an old server, without lists in its filters
            return None
        return found

    def _chunk(self, names: Sequence[str]) -> dict[str, Model]:
        where = among(names)
        search = self.client.search_registered_models
        models = {model.name: model for model in self._pages(search, filter_string=where)}
        for name in models.keys() - set(names):
            raise self._other(name, "that name in another case")
        versions: dict[str, list[Any]] = {}
        for version in self._found(where) if models else ():
            versions.setdefault(version.name, []).append(version)
        found = {name: _model(model, versions.get(name, ())) for name, model in models.items()}
        missing = [name for name in names if name not in models]
        if missing:
            prompts = f"{among(missing)} AND tags.`{PROMPT_TAG}` = 'true'"
            for prompt in self._pages(search, filter_string=prompts):
                found[prompt.name] = _prompt(prompt.name)
        progress.advance("reading", len(names))
        return found

    def _other(self, name: str, wanted: str) -> ServerError:
        """A collation that ignores case, or a server that is none."""
        return ServerError(f"{self.server.registry_uri} gives the model '{name}' for {wanted}")

    def _everything(self) -> Mapping[str, Model]:
        """All models; prompts are left out."""
        versions: dict[str, list[Any]] = {}
        models = list(self._pages(self.client.search_registered_models))
        for version in self._found(None):
            versions.setdefault(version.name, []).append(version)
        return {
            model.name: _model(model, versions.get(model.name, ()))
            for model in models
            if model.tags.get(PROMPT_TAG) != "true"
        }

    def _is_prompt(self, name: str) -> bool:
        """Prompts share the names of models, and `get_registered_model` does not find them."""
        where = f"name = {quoted(name)} AND tags.`{PROMPT_TAG}` = 'true'"
        search = self.client.search_registered_models
        return bool(self.connection.repeat(lambda: search(where, max_results=1)))

    def _versions(self, where: str, aliases: Mapping[str, int]) -> tuple[Version, ...]:
        return _sorted(self._found(where), aliases)

    def _found(self, where: str | None) -> Iterator[Any]:
        query = {"filter_string": where, "order_by": ["name ASC", "version_number ASC"]}
        return self._pages(self.client.search_model_versions, size=VERSIONS_PAGE, **query)

    def _pages(self, search: Callable[..., Any], size: int = PAGE, **query: Any) -> Iterator[Any]:
        """Everything that a search finds, page after page."""
        token: str | None = None
        while True:
            page = self.connection.repeat(
                lambda token=token: search(**query, max_results=size, page_token=token)  # type: ignore[misc]
            )
            yield from page
            token = page.token
            if not token:
                return


def _prompt(name: str) -> Model:
    return Model(name, tags={PROMPT_TAG: "true"})


def _model(model: Any, versions: Iterable[Any]) -> Model:
    aliases = {alias: int(number) for alias, number in model.aliases.items()}
    tags = dict(model.tags)
    return Model(
        name=model.name,
        description=model.description or "",
        tags={key: value for key, value in tags.items() if key not in OURS},
        versions=_sorted(versions, aliases),
        managed=_managed(tags.get(MANAGED_TAG)),
        owner=tags.get(OWNER_TAG),
        created=model.creation_timestamp,
        updated=model.last_updated_timestamp,
    )


def _sorted(versions: Iterable[Any], aliases: Mapping[str, int]) -> tuple[Version, ...]:
    found = (_version(version, aliases) for version in versions)
    return tuple(sorted(found, key=lambda version: version.number or 0))


def _version(version: Any, aliases: Mapping[str, int]) -> Version:
    tags = dict(version.tags)
    number = int(version.version)
    return Version(
        number=number,
        digest=tags.get(DIGEST_TAG),
        source=version.source or "",
        run_id=version.run_id or None,
        description=version.description or "",
        tags={key: value for key, value in tags.items() if key not in OURS},
        aliases=tuple(sorted(alias for alias, target in aliases.items() if target == number)),
        managed=_managed(tags.get(MANAGED_TAG)),
        config=tags.get(CONFIG_TAG),
        birth={key: tags[key] for key in _managed(tags.get(BIRTH_TAG)) or () if key in tags},
        lineage=tags.get(LINEAGE_TAG),
        pinned=int(pin) if (pin := tags.get(PINNED_TAG, "")).isdecimal() else None,
        created=version.creation_timestamp,
    )


def _managed(text: str | None) -> tuple[str, ...] | None:
    """The keys that registrar set; a tag somebody has spoilt claims nothing."""
    if text is None:
        return None
    try:
        keys = json.loads(text)
    except ValueError:
        return ()
    return tuple(sorted(str(key) for key in keys)) if isinstance(keys, list) else ()
