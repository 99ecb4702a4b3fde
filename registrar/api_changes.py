"""The Python API of the commands that copy within a registry or to another one, and delete from it.

Each function takes the fields of its command, and returns what the command line prints. Failures are
raised as `registrar.RegistrarError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.api_calls import ANY_URI, list_names, run_with_fields, version_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.api_calls import Address
    from registrar.registration import Result

__all__ = ["delete", "promote"]


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
    gates: Mapping[str, Any] | None = None,
    policy: Mapping[str, Any] | None = None,
    allow_protected: str | Sequence[str] = (),
    allow_gates: str | Sequence[str] = (),
    waive: str | Sequence[str] = (),
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
        gates: What the version has to show before an alias is set on it or moves to it, as for
            `register`.
        policy: Rules that the promotion has to keep, by name, as in `configs/policy/NAME.yaml`.
        allow_protected: Protected aliases that this call may move.
        allow_gates: Aliases that this call may set or move although their gates fail.
        waive: Rules that this call may break.
        allow_takeover: Whether this call may change a model of another owner.
        server: The server that holds the version; as for `show`.

    Raises:
        NotFoundError: There is no such model or version.
        ConfigError: An argument is wrong.
        RefusedError: A guard, a gate or a rule does not allow it, or the stored files are not those registered.
        ServerError: A server cannot be reached, or refuses the credentials.
        IncompleteError: It stopped midway; the same call finishes it.

    """
    fields = {
        "name": name,
        "to": {"tracking_uri": to} if isinstance(to, str) else to,
        "as": target,
        "aliases": list_names(aliases),
        "dry_run": dry_run,
        **version_fields(version),
    }
    options = {
        "owner": owner,
        "checksum": checksum,
        "model": None if gates is None else {"name": name, "uri": ANY_URI, "gates": gates},
        "policy": policy,
        "apply": _permissions(
            allow_protected=list_names(allow_protected),
            allow_gates=list_names(allow_gates),
            waive=list_names(waive),
            allow_takeover=allow_takeover,
        ),
    }
    return run_with_fields("promote", fields, server, options)


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
    permissions = _permissions(
        allow_protected=list_names(allow_protected), allow_takeover=allow_takeover
    )
    return run_with_fields("delete", fields, server, {"owner": owner, "apply": permissions})


def _permissions(**permissions: list[str] | bool) -> dict[str, Any] | None:
    """Return the node `apply`; None where nothing is permitted."""
    return permissions if any(permissions.values()) else None
