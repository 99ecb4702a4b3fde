"""The servers that models name with `from`: options of the group `server`, composed by Hydra."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from omegaconf import open_dict

from registrar.config.hydra_app import compose_one
from registrar.config.hydra_errors import explain_option
from registrar.config.interpolation import resolve
from registrar.config.origin import Origin
from registrar.config.servers import server_key
from registrar.config.spec import list_server_options
from registrar.config.upstream_rules import READ_SERVERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.files import ConfigFiles
    from registrar.config.job import Job

__all__ = ["with_named_servers"]

FIELD = "servers"


def with_named_servers(jobs: Sequence[Job], files: ConfigFiles) -> Sequence[Job]:
    """Return the jobs with the servers that their models name, composed once for all of them.

    A name that is no option is a problem of its job. A command that reads no model needs no server.
    """
    named = [list(list_server_options(job.config)) for job in jobs]
    if not any(named) or jobs[0].config.get("command", "apply") not in READ_SERVERS:
        return jobs
    known = files.list_options("server")
    options = sorted({option for pairs in named for _, option in pairs if option in known})
    overrides = tuple(f"+server@{FIELD}.{server_key(name)}='{name}'" for name in options)
    first = jobs[0].source
    assert isinstance(first, Origin), "files name the servers"
    origin = first.with_overrides(overrides)
    with compose_one(origin.loader, origin.config_name, origin.overrides) as composed:
        cfg = copy.copy(composed)
        with open_dict(cfg):
            cfg.pop("hydra", None)
        config, unresolved = resolve(cfg)
    servers = config.get(FIELD, {})
    results: list[Job] = []
    for job, pairs in zip(jobs, named, strict=True):
        assert isinstance(job.source, Origin), "files name the servers"
        unknown = tuple(
            (path, explain_option("server", option, files))
            for path, option in pairs
            if option not in known and path not in {where for where, _ in job.unresolved}
        )
        of_servers = () if results else tuple(p for p in unresolved if p[0][:1] == (FIELD,))
        results.append(
            replace(
                job,
                config={**job.config, FIELD: servers},
                source=job.source.with_overrides(overrides),
                unresolved=(*job.unresolved, *unknown, *of_servers),
            )
        )
    return results
