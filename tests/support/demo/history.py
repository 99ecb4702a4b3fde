"""Spread what was registered within minutes over half a year, in the tables of MLflow's database."""

from __future__ import annotations

import bisect
import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING

from registrar.text import format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["spread"]


def spread(database: Path, moments: Mapping[str, Sequence[tuple[int, int]]]) -> None:
    """Move the times of models, versions and events.

    `moments` has for each model the pairs of a real time and the time that is told instead.
    """
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        for name, steps in moments.items():
            for table in ("registered_models", "model_versions"):
                key = "name" if table == "registered_models" else "version"
                rows = connection.execute(
                    f"SELECT {key}, creation_time FROM {table} WHERE name = ?", (name,)
                ).fetchall()
                for value, created in rows:
                    told = _tell(created, steps)
                    connection.execute(
                        f"UPDATE {table} SET creation_time = ?, last_updated_time = ? "
                        f"WHERE name = ? AND {key} = ?",
                        (told, told, name, value),
                    )
            events = connection.execute(
                "SELECT version, key, value FROM model_version_tags "
                "WHERE name = ? AND key LIKE 'registrar_event_%'",
                (name,),
            ).fetchall()
            for version, key, value in events:
                event = json.loads(value)
                event["at"] = format_time(_tell(parse_time(event["at"]), steps))
                connection.execute(
                    "UPDATE model_version_tags SET value = ? WHERE name = ? AND version = ? AND key = ?",
                    (json.dumps(event), name, version, key),
                )


def _tell(time: int, steps: Sequence[tuple[int, int]]) -> int:
    """Return the time that is told for a real one: it belongs to the last step that began before."""
    index = max(bisect.bisect_right(steps, (time, 2**62)) - 1, 0)
    real, told = steps[index]
    return told + max(time - real, 0)
