"""What a configuration declares: its versions, its URIs, and the desired state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.recorded_metrics import format_declared
from registrar.text import format_value
from registrar.uris import VersionUri, parse_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from registrar.state import DesiredModel, Source
    from registrar.text import KeyPath
    from registrar.uris import Uri

__all__ = [
    "Entry",
    "desire",
    "identity_path",
    "list_entries",
    "list_metric_files",
    "list_server_nodes",
    "list_server_options",
    "list_servers",
    "list_uris",
    "names_checkout",
    "owner_of",
    "parse_entries",
    "says_digest",
]

# The fields that say which version an entry is about; a later one is more exact.
IDENTITIES = ("uri", "digest", "version")
DIGEST_LENGTH = len("sha256:") + 64  # of a whole digest, rather than the start of one


def list_entries(model: Mapping[str, Any]) -> list[tuple[KeyPath, Mapping[str, Any]]]:
    """Return the declared versions of a model's configuration, each with its path below `model`."""
    if "versions" in model:
        return [(("versions", index), entry) for index, entry in enumerate(model["versions"])]
    return [((), model)] if any(field in model for field in IDENTITIES) else []


def identity_path(model: Mapping[str, Any]) -> KeyPath:
    """Return the path of what says which version is declared: of several, that of their list."""
    ((path, entry), *more) = list_entries(model) or [((), {})]
    fields = [field for field in reversed(IDENTITIES) if field in entry]
    return ("versions",) if more or not fields else (*path, fields[0])


@dataclass(frozen=True, slots=True)
class Entry:
    """One version that a valid configuration declares, with its URI parsed.

    `path` is where its `fields` stand below `model`, which has the name `model`. Without a URI the
    entry speaks of a version that exists, by its number, its digest, or both.
    """

    path: KeyPath
    uri: Uri | None
    fields: Mapping[str, Any]
    model: str

    @property
    def verify(self) -> bool:
        """Return whether the model's files are read."""
        return self.fields.get("verify") is not False

    @property
    def is_pinned(self) -> bool:
        """Return whether the entry names an existing version by its number."""
        return "version" in self.fields

    @property
    def server(self) -> str | None:
        """Return the option of the group `server` that the URI is looked up on; None for its own."""
        server: str | None = self.fields.get("from")
        return server

    @property
    def digest(self) -> str | None:
        """Return the digest in the entry's field `digest`."""
        digest: str | None = self.fields.get("digest")
        return digest

    @property
    def content(self) -> str | None:
        """Return the digest that the entry or its URI gives."""
        uri = self.uri
        if self.digest is None and isinstance(uri, VersionUri):
            return uri.digest if len(uri.digest or "") == DIGEST_LENGTH else None
        return self.digest


def parse_entries(model: Mapping[str, Any]) -> list[Entry]:
    """Return the declared versions of a model's valid configuration."""
    return [
        Entry(path, parse_uri(fields["uri"]) if "uri" in fields else None, fields, model["name"])
        for path, fields in list_entries(model)
    ]


def list_uris(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str, bool]]:
    """Yield (path, URI, verify) for every URI of a model, whether the configuration is valid or not."""
    for path, entry in _list_raw_entries(config):
        if isinstance(entry.get("uri"), str):
            yield (*path, "uri"), entry["uri"], entry.get("verify") is not False


def says_digest(config: Mapping[str, Any], path: KeyPath) -> bool:
    """Return whether the entry whose URI is at `path` says by a digest which content is meant."""
    entry: Any = config
    for part in path[:-1]:
        entry = entry[part]
    return isinstance(entry.get("digest"), str)


def list_server_options(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Yield the value of each `from`, whether the configuration is valid or not, with its path."""
    for path, entry in _list_raw_entries(config):
        if isinstance(entry.get("from"), str):
            yield (*path, "from"), entry["from"]


def list_metric_files(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Yield the name of each file of metrics, whether the configuration is valid or not."""
    for path, entry in _list_raw_entries(config):
        if isinstance(entry.get("metrics"), str):
            yield (*path, "metrics"), entry["metrics"]


def list_servers(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Yield the URIs of all servers, whether the configuration is valid or not, with their paths."""
    for path, server in list_server_nodes(config):
        for field in ("tracking_uri", "registry_uri"):
            if isinstance(server.get(field), str):
                yield (*path, field), server[field]


def list_server_nodes(
    config: Mapping[str, Any],
) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """Yield the server, that of `promote.to`, and those that models name, with their paths."""
    promote, servers = config.get("promote"), config.get("servers")
    nodes: list[tuple[KeyPath, Any]] = [(("server",), config.get("server"))]
    if isinstance(promote, dict):
        nodes.append((("promote", "to"), promote.get("to")))
    if isinstance(servers, dict):
        nodes += [(("servers", key), node) for key, node in servers.items()]
    for path, node in nodes:
        if isinstance(node, dict):
            yield path, node


def desire(config: str, model: Mapping[str, Any], sources: Iterable[Source]) -> DesiredModel:
    """Return the state that a valid model declares.

    `config` is the name of the configuration, `sources` are where the declared versions are.
    """
    from registrar.state import DesiredModel, DesiredVersion  # not needed to validate

    parent = model.get("registered_model", {})
    versions = tuple(
        DesiredVersion(
            source=source,
            description=entry.get("description"),
            tags=_format_tags(entry.get("metadata")),
            metrics=format_declared(entry["metrics"]) if "metrics" in entry else None,
            aliases=None if "aliases" not in entry else tuple(entry["aliases"]),
            pin=entry.get("version"),
            config=config,
        )
        for (_, entry), source in zip(list_entries(model), sources, strict=True)
    )
    return DesiredModel(
        name=model["name"],
        description=parent.get("description"),
        tags=_format_tags(parent.get("tags")),
        versions=versions,
        owner=model.get("owner"),
        protected=_protected(parent),
    )


def _list_raw_entries(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """Yield all that may be an entry in a configuration that may be wrong, with its path."""
    model = config.get("model")
    entries: list[tuple[KeyPath, Any]] = [(("model",), model)]
    versions = model.get("versions") if isinstance(model, dict) else None
    for index, entry in enumerate(versions if isinstance(versions, list) else ()):
        entries.append((("model", "versions", index), entry))
    for path, entry in entries:
        if isinstance(entry, dict):
            yield path, entry


def names_checkout(config: Mapping[str, Any]) -> bool:
    """Return whether a configuration, valid or not, names another checkout whose limits hold, too."""
    policy = config.get("policy")
    folder = policy.get("dir") if isinstance(policy, dict) else None
    return isinstance(folder, str) and bool(folder)


def owner_of(config: Mapping[str, Any]) -> str | None:
    """Return the owner that a run acts for: the run's own, else the one in the model's file."""
    owner: str | None = config.get("owner") or config.get("model", {}).get("owner")
    return owner


def _protected(parent: Mapping[str, Any]) -> tuple[str, ...] | None:
    aliases = parent.get("protected_aliases")
    return None if aliases is None else tuple(sorted(aliases))


def _format_tags(tags: Mapping[str, Any] | None) -> dict[str, str] | None:
    return None if tags is None else {key: format_value(value) for key, value in tags.items()}
