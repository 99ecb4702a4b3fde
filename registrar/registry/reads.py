"""Reading many models in few questions, through MLflow's client or one with its methods."""

from __future__ import annotations

import contextlib
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from registrar import progress
from registrar.changes.matching import needs_all_versions
from registrar.errors import InvalidRequestError, NotFoundError, ServerError
from registrar.registry.decode import aliases_of, model_of, prompt_of
from registrar.registry.filters import among, chunks, is_quotable, quoted
from registrar.state import DIGEST_TAG, PROMPT_TAG
from registrar.uris import canonical_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from registrar.registry.connection import Connection
    from registrar.state import DesiredModel, DesiredVersion, ObservedModel

__all__ = ["Observer"]

PAGE = 1000
VERSIONS_PAGE = 10_000
FEW = 3  # models are asked for by name, which costs two requests for each
SEVERAL = 50  # on an old server, too; it is rather asked for everything than for more
LONG = 200  # versions of one model that take no longer to list than to be asked for by digest


class Observer:
    """What a registry holds. Raises ServerError, InvalidRequestError."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.client = connection.client

    def everything(self) -> dict[str, ObservedModel]:
        """All models; prompts are left out."""
        models = list(self._pages(self.client.search_registered_models))
        versions = _by_name(self.found(None))
        return {
            model.name: model_of(model, versions.get(model.name, ()))
            for model in models
            if model.tags.get(PROMPT_TAG) != "true"
        }

    def named(self, wanted: Mapping[str, DesiredModel | None]) -> dict[str, ObservedModel]:
        """Those of the models that exist, in this order; a prompt as a model with its tag.

        Where a desired model is given, a model with very many versions has only those of them that
        matter to it: with a declared digest, else from a declared place, and those with an alias.
        """
        with progress.step("reading", len(wanted)):
            found = self._together(wanted) if len(wanted) > FEW else None
            if found is None:
                found = self._one_by_one(wanted)
        return {name: found[name] for name in wanted if name in found}

    def found(self, where: str | None) -> Iterator[Any]:
        """The live versions that a filter lets through."""
        query = {"filter_string": where, "order_by": ["name ASC", "version_number ASC"]}
        return self._pages(self.client.search_model_versions, size=VERSIONS_PAGE, **query)

    def _one_by_one(self, wanted: Mapping[str, DesiredModel | None]) -> dict[str, ObservedModel]:
        found = {}
        with ThreadPoolExecutor(self.connection.parallel) as pool:
            for name, model in zip(wanted, pool.map(self._one, *_columns(wanted)), strict=True):
                progress.advance("reading")
                if model is not None:
                    found[name] = model
        return found

    def _one(self, name: str, desired: DesiredModel | None) -> ObservedModel | None:
        try:
            model = self.connection.repeat(lambda: self.client.get_registered_model(name))
        except NotFoundError:
            return prompt_of(name) if self._is_prompt(name) else None
        if model.name != name:
            raise self._other(model.name, f"'{name}'")
        if desired is not None and _is_long(model, desired):
            return self._long(model, desired)
        return model_of(model, self.found(f"name = {quoted(name)}"))

    def _together(
        self, wanted: Mapping[str, DesiredModel | None]
    ) -> dict[str, ObservedModel] | None:
        """The models, and perhaps others, in few questions; None where the server can not answer those."""
        listed = {name: desired for name, desired in wanted.items() if is_quotable(name)}
        found = self._one_by_one({name: wanted[name] for name in wanted if name not in listed})
        long: list[Any] = []

        def chunk(names: list[str]) -> dict[str, ObservedModel]:
            return self._chunk({name: listed[name] for name in names}, long)

        try:
            with ThreadPoolExecutor(self.connection.parallel) as pool:
                for some in pool.map(chunk, chunks(listed)):
                    found |= some
                desired = [listed[model.name] for model in long]
                found |= {model.name: model for model in pool.map(self._long, long, desired)}
        except InvalidRequestError:  # an old server, without lists in its filters
            return self._picked() if len(wanted) > SEVERAL else None
        return found

    def _picked(self) -> dict[str, ObservedModel]:
        """All models and prompts, where there are no lists in filters and many are wanted."""
        prompts = f"tags.`{PROMPT_TAG}` = 'true'"
        pages = self._pages(self.client.search_registered_models, filter_string=prompts)
        return {**self.everything(), **{prompt.name: prompt_of(prompt.name) for prompt in pages}}

    def _chunk(
        self, wanted: Mapping[str, DesiredModel | None], long: list[Any]
    ) -> dict[str, ObservedModel]:
        """These models; those with very many versions go to `long` instead."""
        search = self.client.search_registered_models
        models = {model.name: model for model in self._pages(search, filter_string=among(wanted))}
        for name in models.keys() - wanted.keys():
            raise self._other(name, "that name in another case")
        apart = [
            model
            for name, model in models.items()
            if (desired := wanted[name]) is not None and _is_long(model, desired)
        ]
        long += apart
        rest = [name for name in wanted if name in models.keys() - {m.name for m in apart}]
        versions = _by_name(self.found(among(rest))) if rest else {}
        found = {name: model_of(models[name], versions.get(name, ())) for name in rest}
        missing = [name for name in wanted if name not in models]
        if missing:
            prompts = f"{among(missing)} AND tags.`{PROMPT_TAG}` = 'true'"
            for prompt in self._pages(search, filter_string=prompts):
                found[prompt.name] = prompt_of(prompt.name)
        progress.advance("reading", len(wanted))
        return found

    def _long(self, model: Any, desired: DesiredModel) -> ObservedModel:
        """A model with those of its versions that matter to the desired ones."""
        found: dict[int, Any] = {}
        try:
            for version in desired.versions:
                digest = f"tags.`{DIGEST_TAG}` = '{version.digest}'"
                for place in (digest, *_places(version)):
                    where = f"name = {quoted(model.name)} AND {place}"
                    found |= {int(one.version): one for one in self.found(where)}
                    if any(_digest(one) == version.digest for one in found.values()):
                        break  # then its place does not matter
        except InvalidRequestError:  # a server without such filters
            return model_of(model, self.found(f"name = {quoted(model.name)}"))
        for number in set(aliases_of(model).values()) - found.keys():
            with contextlib.suppress(NotFoundError):  # deleted just now
                found[number] = self.connection.repeat(self._getting(model.name, number))
        return model_of(model, found.values(), complete=False)

    def _getting(self, name: str, number: int) -> Callable[[], Any]:
        return lambda: self.client.get_model_version(name, str(number))

    def _other(self, name: str, wanted: str) -> ServerError:
        """A collation that ignores case, or a server that is none."""
        return ServerError(f"{self.connection.where} gives the model '{name}' for {wanted}")

    def _is_prompt(self, name: str) -> bool:
        """Prompts share the names of models, and `get_registered_model` does not find them."""
        where = f"name = {quoted(name)} AND tags.`{PROMPT_TAG}` = 'true'"
        search = self.client.search_registered_models
        return bool(self.connection.repeat(lambda: search(where, max_results=1)))

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


def _digest(version: Any) -> str | None:
    return dict(version.tags).get(DIGEST_TAG)


def _columns(
    wanted: Mapping[str, DesiredModel | None],
) -> tuple[list[str], list[DesiredModel | None]]:
    return list(wanted), list(wanted.values())


def _by_name(versions: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for version in versions:
        found.setdefault(version.name, []).append(version)
    return found


def _is_long(model: Any, desired: DesiredModel) -> bool:
    """Whether asking for the versions that matter is quicker than listing all.

    The newest tells how many there may be.
    """
    newest = max((int(version.version) for version in model.latest_versions), default=0)
    return newest > LONG * max(1, len(desired.versions)) and not needs_all_versions(desired)


def _places(version: DesiredVersion) -> Iterator[str]:
    """Filters for versions from a declared place, in whichever way it is written; and some more."""
    patterns = {
        re.sub(r"[/'\\]+", "%", canonical_uri(uri)) + "%" for uri in version.source.spellings
    }
    yield from (f"source_path ILIKE '{pattern}'" for pattern in sorted(patterns))
