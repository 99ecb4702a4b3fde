"""`dump` of a registry that others write to: what they wrote stays text, and stops nobody's plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

BREAKS = ("\n", "\r", "\x85", "\u2028", "\u2029")
LINES = ("gs://b/x", "owner: victim/team", "aliases: [champion]", "metadata: {k: '${oc.env:HOME}'}")
# Names that no configuration may have.
UNNAMEABLE = (" lead", "trail ", """x'y"z""", "a\x1bb")
# Names that a shell, Hydra or Windows would take for something else.
ODD = ("-rf", "--help", "_self_", "_global_", "null", "CON", ".hidden", "a\\b", "x" * 200, "%2e%2e")


def _register(client: Any, name: str, source: str = "gs://bucket/model") -> None:
    client.create_registered_model(name)
    client.create_model_version(name, source)


def test_line_breaks_in_a_source_never_become_lines_of_the_file(
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
    database: str,
    repository: Path,
) -> None:
    client = mlflow_client(database)
    for number, line_break in enumerate(BREAKS):
        _register(client, f"injected{number}", line_break.join(LINES))
    _register(client, "honest")
    done = registrar("dump", "dump.dir=out", MLFLOW_TRACKING_URI=database)
    assert done.code == 0, done.err
    for path in (repository / "out").glob("*.yaml"):
        assert set(yaml.safe_load(path.read_text())) <= {
            "name",
            "uri",
            "verify",
            "registered_model",
        }
        assert "champion" not in path.read_text()


def test_odd_names_are_dumped_to_harmless_files_and_unusable_ones_are_left_out(
    registrar: Callable[..., Result],
    mlflow_client: Callable[[str], Any],
    database: str,
    repository: Path,
) -> None:
    client = mlflow_client(database)
    for name in (*UNNAMEABLE, *ODD, "plain"):
        _register(client, name)
    done = registrar("dump", "dump.dir=configs/model", MLFLOW_TRACKING_URI=database)
    assert done.code == 0, done.err
    for name in UNNAMEABLE:
        assert f"note: {name.replace(chr(27), chr(92) + 'u001b')} " in done.err
    paths = list((repository / "configs" / "model").glob("*.yaml"))
    names = {yaml.safe_load(path.read_text())["name"] for path in paths}
    assert {*ODD, "plain"} <= names
    assert not names & set(UNNAMEABLE)
    for path in paths:
        assert path.name[0] not in "-."
        assert path.stem.lower() not in {"_self_", "_global_", "null", "con"}
    for path in paths:  # the repository's own models are others
        if yaml.safe_load(path.read_text())["name"] not in {*ODD, "plain"}:
            path.unlink()
    plan = registrar("plan", "models=all", MLFLOW_TRACKING_URI=database)
    assert plan.code == 0, plan.err
