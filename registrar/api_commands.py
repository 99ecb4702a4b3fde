"""The Python API of the commands that look at a registry, copy within it, and delete from it.

Each function takes the fields of its command, and returns what the command line prints. Failures are
raised as `registrar.RegistrarError`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from registrar.api_calls import list_names, run
from registrar.config.command_nodes import read_default

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.api_calls import Address
    from registrar.registration import Result

__all__ = ["catalogue", "delete", "dump", "history", "promote", "show", "verify"]

NO_OPTIONS: Mapping[str, Any] = {}
# What to do where the hints of the command line name its fields.
HINTS = {
    "protected-alias": "Allow it with the argument allow_protected.",
    "not-confirmed": "Nobody is asked here: give the server without confirm.",
    "other-owner": "Change the model there, or take it over with allow_takeover=True.",
    "alias-in-use": "Move them first, or delete them as well with force=True.",
    "same-target": "Give it another name with target=..., or another server with to=....",
    "occupied-folder": "Name another folder, or replace all that is in it with force=True.",
    "file-exists": "Name another folder, or overwrite them with force=True.",
}


def show(
    name: str | None = None,
    *,
    version: int | str | None = None,
    tags: Mapping[str, Any] | None = None,
    source: str | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    order: str | None = None,
    limit: int | None = None,
    compare: bool = False,
    wide: bool = False,
    server: Address = None,
) -> Result:
    """List registered models, the versions of one, or one version.

    Args:
        name: A registered model, or a pattern such as `"vision-*"`; left out, all models.
        version: A number, or an alias.
        tags: Tags that a model or version must have, all of them.
        source: The URI that a version was registered from, or a pattern.
        created_after: The earliest creation time in ISO 8601.
        created_before: The latest creation time in ISO 8601.
        order: `"newest"` or `"oldest"` first.
        limit: The greatest number of models or versions to list.
        compare: Show parameters, metrics and metadata of versions side by side.
        wide: Show all columns.
        server: A tracking URI, or a mapping as in `configs/server/NAME.yaml`. Without it, the
            server is that of the command line: MLFLOW_TRACKING_URI, else `sqlite:///mlflow.db`.

    Raises:
        NotFoundError: There is no such model or version.
        ConfigError: An argument is wrong.
        ServerError: The server cannot be reached, or refuses the credentials.

    """
    fields = {
        "name": name,
        "tags": tags,
        "source": source,
        "created_after": created_after,
        "created_before": created_before,
        "order": order,
        "limit": limit,
        "compare": compare,
        "wide": wide,
    }
    return _run("show", {**fields, **_version_fields(version)}, server)


def history(
    name: str | None = None,
    *,
    alias: str | None = None,
    at: str | None = None,
    server: Address = None,
) -> Result:
    """Tell what each alias pointed to, since when, by whom and why.

    Args:
        name: As for `show`.
        alias: The one alias to show; left out, all aliases.
        at: A date or time in ISO 8601: what each alias pointed to then.
        server: As for `show`.

    Raises:
        NotFoundError: There is no such model or alias.
        ServerError: The server cannot be reached, or refuses the credentials.

    """
    return _run("history", {"name": name, "alias": alias, "at": at}, server)


def verify(
    name: str | None = None, *, version: int | str | None = None, server: Address = None
) -> Result:
    """Hash the stored files of versions again, and compare them with the registered digests.

    The arguments are those of `show`.

    Raises:
        RefusedError: The files of a version differ from the registered ones;
            `error.report` has the result of each version.
        NotFoundError: There is no such model or version.
        ServerError: The files of a version cannot be read, or the server cannot be reached.

    """
    return _run("verify", {"name": name, **_version_fields(version)}, server)


def promote(
    name: str,
    version: int | str,
    *,
    to: Address = None,
    target: str | None = None,
    aliases: str | Sequence[str] = (),
    dry_run: bool = False,
    checksum: str | None = None,
    owner: str | None = None,
    allow_protected: str | Sequence[str] = (),
    allow_takeover: bool = False,
    server: Address = None,
) -> Result:
    """Register a version under another name, or copy it to another server, once.

    Args:
        name: The registered model.
        version: A number, or an alias.
        to: The target server, a tracking URI or a mapping; left out, the same server.
        target: The name of the target model; left out, the same name.
        aliases: Aliases that point to the promoted version: a list, or one alias.
        dry_run: Compute what would change, and write nothing.
        checksum: That of an earlier `dry_run`; anything else that would change is refused.
        owner: The owner that this call acts for.
        allow_protected: Protected aliases that this call may move.
        allow_takeover: Whether this call may change a model of another owner.
        server: The server that holds the version; as for `show`.

    Raises:
        NotFoundError: There is no such model or version.
        ConfigError: An argument is wrong.
        RefusedError: A guard does not allow it, or the stored files are not those registered.
        ServerError: A server cannot be reached, or refuses the credentials.
        IncompleteError: It stopped midway; the same call finishes it.

    """
    fields = {
        "name": name,
        "to": {"tracking_uri": to} if isinstance(to, str) else to,
        "as": target,
        "aliases": list_names(aliases),
        "dry_run": dry_run,
        **_version_fields(version),
    }
    options = {
        "owner": owner,
        "checksum": checksum,
        "apply": _permissions(allow_protected, allow_takeover=allow_takeover),
    }
    return _run("promote", fields, server, options)


def dump(
    folder: str | os.PathLike[str] | None = None,
    *,
    name: str | None = None,
    tags: Mapping[str, Any] | None = None,
    force: bool = False,
    server: Address = None,
) -> Result:
    """Write configuration files for what the registry holds.

    Args:
        folder: Where the files go; left out, `model` in the folder of configurations.
        name: As for `show`.
        tags: Tags that a model must have, all of them.
        force: Whether to overwrite files that exist.
        server: As for `show`.

    Raises:
        RefusedError: A file would be overwritten, or cannot be written. None was written.
        NotFoundError: There is no such model.
        ServerError: The server cannot be reached, or refuses the credentials.

    """
    place = None if folder is None else os.fspath(folder)
    fields = {"dir": place, "name": name, "tags": tags, "force": force}
    return _run("dump", fields, server)


def catalogue(
    folder: str | os.PathLike[str] = "site",
    *,
    name: str | None = None,
    tags: Mapping[str, Any] | None = None,
    force: bool = False,
    time: bool = False,
    server: Address = None,
) -> Result:
    """Write the registry as pages of HTML, which open in any browser.

    Args:
        folder: Where the pages go; the folder is replaced as a whole.
        name: As for `show`.
        tags: Tags that a model must have, all of them.
        force: Whether to replace a folder that holds other files than a catalogue.
        time: Whether the pages say when they were made.
        server: As for `show`.

    Raises:
        ConfigError: The folder may not be replaced.
        RefusedError: The folder cannot be written.
        NotFoundError: There is no such model.
        ServerError: The server cannot be reached, or refuses the credentials.

    """
    place = os.fspath(folder)
    fields = {"dir": place, "name": name, "tags": tags, "force": force, "time": time}
    return _run("catalogue", fields, server)


def delete(
    name: str,
    version: int | None = None,
    *,
    force: bool = False,
    files: bool = False,
    owner: str | None = None,
    allow_protected: str | Sequence[str] = (),
    allow_takeover: bool = False,
    server: Address = None,
) -> Result:
    """Delete a version, or a model with all its versions. Nobody is asked.

    Args:
        name: The registered model.
        version: The number of one version; left out, the whole model is deleted.
        force: Whether to delete versions that aliases point to.
        files: Whether to delete the uploaded files as well, where no other version uses them.
        owner: The owner that this call acts for.
        allow_protected: Protected aliases that this call may delete.
        allow_takeover: Whether this call may delete from a model of another owner.
        server: As for `show`.

    Raises:
        NotFoundError: There is no such model or version.
        RefusedError: A guard does not allow it.
        ServerError: The server cannot be reached, or refuses the credentials.

    """
    fields = {"name": name, "version": version, "yes": True, "force": force, "files": files}
    permissions = _permissions(allow_protected, allow_takeover=allow_takeover)
    return _run("delete", fields, server, {"owner": owner, "apply": permissions})


def _version_fields(version: int | str | None) -> dict[str, Any]:
    """Return the field of a version's number, or of its alias with or without `@`."""
    if isinstance(version, str) and not version.isdecimal():
        return {"alias": version.removeprefix("@")}
    return {"version": None if version is None else int(version)}


def _permissions(
    allow_protected: str | Sequence[str], *, allow_takeover: bool
) -> dict[str, Any] | None:
    """Return the node `apply`; None where nothing is permitted."""
    if not allow_protected and not allow_takeover:
        return None
    return {"allow_protected": list_names(allow_protected), "allow_takeover": allow_takeover}


def _run(
    command: str,
    fields: Mapping[str, Any],
    server: Address,
    options: Mapping[str, Any] = NO_OPTIONS,
) -> Result:
    """Run a command with these fields and the defaults of the others; raise its error.

    `options` are fields of several commands; None is none.
    """
    config = {key: value for key, value in options.items() if value is not None}
    config |= {"command": command, command: {**read_default((command,)), **fields}}
    return run(config, command, server, HINTS)
