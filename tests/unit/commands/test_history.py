"""The times that `history` can tell of."""

from __future__ import annotations

import pytest

from registrar.commands.history import run
from registrar.config.mapping import job_from_mapping
from registrar.errors import ConfigError


def test_nobody_knows_where_an_alias_will_be() -> None:
    config = {"command": "history", "history": {"name": "m", "at": "2999-01-01"}}
    job = job_from_mapping(config, "history", "http://127.0.0.1:9")
    with pytest.raises(ConfigError, match="2999-01-01 is in the future") as caught:
        run([job])
    assert caught.value.problems[0].code == "invalid-time"
