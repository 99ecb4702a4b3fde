"""Reading many models with few requests."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from registrar import progress
from registrar.changes.digest_start import choose_by_digest
from registrar.changes.matching import awaited_versions, needs_all_versions
from registrar.errors import InvalidParameterError, NotFoundError, ServerError
from registrar.registry.decode import build_model, build_prompt
from registrar.registry.filters import is_exact, name_chunks, name_filter, names_filter
from registrar.registry.pages import read_pages
from registrar.registry.pending_versions import wait_while_pending
from registrar.state import DIGEST_TAG, OWNER_TAG, PROMPT_TAG
from registrar.threads import open_pool
from registrar.uris import canonical_uri

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from registrar.registry.connection import Connection
    from registrar.registry.mlflow_api import ModelHeader
    from registrar.state import DesiredModel, DesiredVersion, ObservedModel, ObservedVersion

__all__ = ["RegistryReader"]

MODELS_PAGE = 1000
VERSIONS_PAGE = 10_000
MAX_SINGLE_READS = 3  # models that are read one by one, with two requests for each
# An old server knows no lists of names; above this many models everything is listed instead.
MAX_SINGLE_READS_OLD = 50
# Versions of one model: listing more takes longer than asking for the declared digests.
LARGE_MODEL_VERSIONS = 200
IS_PROMPT = f"tags.`{PROMPT_TAG}` = 'true'"


class RegistryReader:
    """Reads models with their versions. Methods raise ServerError and InvalidRequestError."""

    def __init__(self, connection: Connection) -> None:
        self.retry = connection.retry
        self.parallel = connection.parallel
        self.call = self.retry.call
        self.api = connection.registry_api

    def read_all(self) -> dict[str, ObservedModel]:
        """Return all models; prompts are left out."""
        headers = list(self._search_models(None))
        versions = _by_name(self._search_versions(None))
        return {
            header.name: build_model(header, versions.get(header.name, ()))
            for header in headers
            if header.tags.get(PROMPT_TAG) != "true"
        }

    def read(self, wanted: Mapping[str, DesiredModel | None]) -> dict[str, ObservedModel]:
        """Return those of the models that exist, in this order; a prompt as a model with its tag.

        Where a desired model is given, a model with very many versions has only those of them that
        matter to it: with a declared digest, else from a declared place, and those with an alias.
        A declared version that the server is still making is waited for.
        """
        with progress.step("reading", len(wanted)):
            return wait_while_pending(
                self.retry,
                self._read(wanted),
                lambda models: [*_awaited(wanted, models)],
                lambda models: self._read_again(wanted, models),
            )

    def find_by_digest(self, name: str, digest: str) -> list[ObservedVersion]:
        """Return the live versions of a model with this digest, without their aliases."""
        versions = self._versions_of(name, f"tags.`{DIGEST_TAG}` = '{digest}'")
        return [version for version in versions if version.digest == digest]

    def find_names(self, digest: str) -> dict[str, int]:
        """Return the models that have a live version with this digest, and its lowest number."""
        numbers: dict[str, int] = {}
        for name, version in self._search_versions(f"tags.`{DIGEST_TAG}` = '{digest}'"):
            if version.digest == digest and version.is_ready:
                numbers[name] = min(version.number, numbers.get(name, version.number))
        return numbers

    def find_owned(self, owners: Collection[str]) -> dict[str, str]:
        """Return the owner of each model that has one of these."""
        tag = f"tags.`{OWNER_TAG}`"
        wheres = [f"{tag} LIKE '%'"]
        if len(owners) <= MAX_SINGLE_READS and all(map(is_exact, owners)):
            wheres = [f"{tag} = '{owner}'" for owner in sorted(owners)]
        return {
            header.name: header.tags[OWNER_TAG]
            for where in wheres
            for header in self._search_models(where)
            if header.tags.get(OWNER_TAG) in owners and header.tags.get(PROMPT_TAG) != "true"
        }

    def get_by_digest(self, name: str, start: str) -> ObservedVersion:
        """Return the lowest version of a model whose digest begins with `start`.

        Raises NotFoundError; ConfigError where the digests of several versions begin so.
        """
        try:
            versions = self._versions_of(name, f"tags.`{DIGEST_TAG}` LIKE '{start}%'")
        except InvalidParameterError:  # a server without such filters
            versions = self._versions_of(name)
        return choose_by_digest(name, start, versions, self.retry.where)

    def _read(self, wanted: Mapping[str, DesiredModel | None]) -> dict[str, ObservedModel]:
        models = self._read_batch(wanted) if len(wanted) > MAX_SINGLE_READS else None
        if models is None:
            models = self._read_each(wanted)
        return {name: models[name] for name in wanted if name in models}

    def _read_again(
        self, wanted: Mapping[str, DesiredModel | None], models: Mapping[str, ObservedModel]
    ) -> dict[str, ObservedModel]:
        """Return the models; those are read again of which the server is still making a version."""
        awaited = {name: wanted[name] for name, _ in _awaited(wanted, models)}
        known = {name: model for name, model in models.items() if name not in awaited}
        return known | self._read(awaited)

    def _read_each(self, wanted: Mapping[str, DesiredModel | None]) -> dict[str, ObservedModel]:
        models = {}
        with open_pool(self.parallel) as pool:
            results = pool.map(self._read_one, wanted.keys(), wanted.values())
            for name, model in zip(wanted, results, strict=True):
                progress.advance("reading")
                if model is not None:
                    models[name] = model
        return models

    def _read_one(self, name: str, desired: DesiredModel | None) -> ObservedModel | None:
        try:
            header = self.call(lambda: self.api.get_model(name))
        except NotFoundError:
            return build_prompt(name) if self._is_prompt(name) else None
        if header.name != name:
            raise self._wrong_name(header.name, f"'{name}'")
        if header.tags.get(PROMPT_TAG) == "true":  # MLflow's client does not find prompts
            return build_prompt(name)
        if desired is not None and _is_large(header, desired):
            return self._read_large(header, desired)
        return build_model(header, self._versions_of(name))

    def _read_batch(
        self, wanted: Mapping[str, DesiredModel | None]
    ) -> dict[str, ObservedModel] | None:
        """Return the models, perhaps with others; None where the server is too old for that."""
        listed = {name: desired for name, desired in wanted.items() if is_exact(name)}
        large: list[ModelHeader] = []

        def read(names: list[str]) -> dict[str, ObservedModel]:
            return self._read_chunk({name: listed[name] for name in names}, large)

        models: dict[str, ObservedModel] = {}
        try:
            with open_pool(self.parallel) as pool:
                for chunk in pool.map(read, name_chunks(listed)):
                    models |= chunk
                desired = [listed[header.name] for header in large]
                models |= {m.name: m for m in pool.map(self._read_large, large, desired)}
        except InvalidParameterError:  # an old server, without lists in its filters
            return self._read_all_and_prompts() if len(wanted) > MAX_SINGLE_READS_OLD else None
        return models | self._read_each({name: wanted[name] for name in wanted.keys() - listed})

    def _read_all_and_prompts(self) -> dict[str, ObservedModel]:
        prompts = self._search_models(IS_PROMPT)
        return {**self.read_all(), **{prompt.name: build_prompt(prompt.name) for prompt in prompts}}

    def _read_chunk(
        self, wanted: Mapping[str, DesiredModel | None], large: list[ModelHeader]
    ) -> dict[str, ObservedModel]:
        """Return these models; those with very many versions are added to `large` instead."""
        headers = {h.name: h for h in self._search_models(names_filter(wanted))}
        for name in headers.keys() - wanted.keys():
            raise self._wrong_name(name, "that name in another case")
        small = []
        for name, desired in wanted.items():
            if name in headers and desired is not None and _is_large(headers[name], desired):
                large.append(headers[name])
            elif name in headers:
                small.append(name)
        versions = _by_name(self._search_versions(names_filter(small))) if small else {}
        models = {name: build_model(headers[name], versions.get(name, ())) for name in small}
        missing = [name for name in wanted if name not in headers]
        if missing:
            prompts = self._search_models(f"{names_filter(missing)} AND {IS_PROMPT}")
            models |= {prompt.name: build_prompt(prompt.name) for prompt in prompts}
        progress.advance("reading", len(wanted))
        return models

    def _read_large(self, header: ModelHeader, desired: DesiredModel | None) -> ObservedModel:
        """Return a model with those of its versions that matter to the desired ones."""
        name = header.name
        versions: dict[int, ObservedVersion] = {}
        try:
            for version in desired.versions if desired else ():
                if version.digest == "":  # named by its number or alias
                    continue
                digest = f"tags.`{DIGEST_TAG}` = '{version.digest}'"
                for where in (digest, *_place_filters(version)):
                    versions |= {v.number: v for v in self._versions_of(name, where)}
                    if any(v.digest == version.digest and v.is_ready for v in versions.values()):
                        break  # then its place does not matter
        except InvalidParameterError:  # a server without such filters
            return build_model(header, self._versions_of(name))
        numbers = {*header.aliases.values(), *(_named_numbers(desired) if desired else ())}
        for number in numbers - versions.keys():
            with contextlib.suppress(NotFoundError):  # deleted, or not there yet
                versions[number] = self._get_version(name, number)
        return build_model(header, versions.values(), complete=False)

    def _get_version(self, name: str, number: int) -> ObservedVersion:
        return self.call(lambda: self.api.get_version(name, number))

    def _is_prompt(self, name: str) -> bool:
        """Return whether a name belongs to a prompt, which a request for one model does not find."""
        headers = self._search_models(f"{name_filter(name)} AND {IS_PROMPT}")
        return any(header.name == name for header in headers)

    def _versions_of(self, name: str, condition: str | None = None) -> list[ObservedVersion]:
        where = f"{name_filter(name)} AND {condition}" if condition else name_filter(name)
        return [version for model, version in self._search_versions(where) if model == name]

    def _search_models(self, where: str | None) -> Iterator[ModelHeader]:
        return read_pages(
            self.retry, lambda token: self.api.search_models(where, MODELS_PAGE, token)
        )

    def _search_versions(self, where: str | None) -> Iterator[tuple[str, ObservedVersion]]:
        return read_pages(
            self.retry, lambda token: self.api.search_versions(where, VERSIONS_PAGE, token)
        )

    def _wrong_name(self, name: str, wanted: str) -> ServerError:
        """Return the error for a model that nobody asked for: the database ignores case."""
        return ServerError(f"{self.retry.where} gives the model '{name}' for {wanted}")


def _by_name(
    versions: Iterable[tuple[str, ObservedVersion]],
) -> dict[str, list[ObservedVersion]]:
    versions_by_name: dict[str, list[ObservedVersion]] = {}
    for name, version in versions:
        versions_by_name.setdefault(name, []).append(version)
    return versions_by_name


def _awaited(
    wanted: Mapping[str, DesiredModel | None], models: Mapping[str, ObservedModel]
) -> Iterator[tuple[str, ObservedVersion]]:
    """Yield the versions that the server is still making and that a desired model needs."""
    for name, desired in wanted.items():
        if desired is not None and name in models:
            yield from ((name, version) for version in awaited_versions(desired, models[name]))


def _is_large(header: ModelHeader, desired: DesiredModel) -> bool:
    """Return whether asking for the versions that matter is quicker than listing all.

    The highest number tells how many there may be.
    """
    limit = LARGE_MODEL_VERSIONS * max(1, len(desired.versions))
    return header.newest > limit and not needs_all_versions(desired)


def _named_numbers(desired: DesiredModel) -> Iterator[int]:
    """Yield the numbers of the versions that the configuration names."""
    for version in desired.versions:
        existing = version.source.existing
        if existing is not None and existing.number is not None:
            yield existing.number


def _place_filters(version: DesiredVersion) -> Iterator[str]:
    """Yield filters that match every spelling of a version's source; they may match others."""
    patterns = {
        re.sub(r"[/'\"`\\]+", "%", canonical_uri(uri)) + "%" for uri in version.source.spellings
    }
    yield from (f"source_path ILIKE '{pattern}'" for pattern in sorted(patterns))
