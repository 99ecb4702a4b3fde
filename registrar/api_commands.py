"""The Python API of the commands that look at a registry, and write what they see into files.

Each function takes the fields of its command, and returns what the command line prints. Failures are
raised as `registrar.RegistrarError`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from registrar.api_calls import run_with_fields, version_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.api_calls import Address
    from registrar.registration import Result

__all__ = ["catalogue", "dump", "history", "show", "verify"]


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
    return run_with_fields("show", {**fields, **version_fields(version)}, server)


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
    return run_with_fields("history", {"name": name, "alias": alias, "at": at}, server)


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
    return run_with_fields("verify", {"name": name, **version_fields(version)}, server)


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
    return run_with_fields("dump", fields, server)


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
    return run_with_fields("catalogue", fields, server)
