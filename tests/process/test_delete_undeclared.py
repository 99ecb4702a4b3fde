"""What no file declares any more: noted by `check` and `plan`, deleted by `delete undeclared=true`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result

OWNER = "vision/digits"


def test_models_of_the_owner_that_no_file_declares(
    repository: Path,
    registrar: Callable[..., Result],
    backend: str,
    mlflow_client: Callable[[str], Any],
) -> None:
    client, env = mlflow_client(backend), {"MLFLOW_TRACKING_URI": backend}
    folder = repository / "configs" / "model"
    for name in ("old", "older"):
        (folder / f"{name}.yaml").write_text(f"name: {name}\nowner: {OWNER}\nuri: models/mnist\n")
    mine = folder / "mnist.yaml"
    mine.write_text(f"{mine.read_text()}owner: {OWNER}\n")
    assert registrar("models=all", **env).code == 0
    client.create_registered_model("hand")
    client.create_registered_model("theirs", tags={"registrar_owner": "audio/x"})
    assert "no file declares" not in registrar("check", "models=all", **env).err
    for name in ("old", "older"):
        (folder / f"{name}.yaml").unlink()
    noted = registrar("check", "models=all", **env)
    assert noted.code == 0
    assert f"no file declares these models of {OWNER} any more: old, older;" in noted.err
    assert "no file declares" not in registrar("check", "model=mnist", **env).err

    command = ("delete", "undeclared=true")
    assert registrar(*command, "yes=true", **env).code == 2  # whose?
    assert registrar(*command, f"owner={OWNER}", "models=mnist", "yes=true", **env).code == 2
    foreign = registrar(*command, "owner=audio/x", "yes=true", **env)
    assert foreign.code == 6
    assert "no file here declares a model that has the owner audio/x" in foreign.err
    owned = (*command, f"owner={OWNER}")
    listed = registrar(*owned, **env)
    assert (listed.code, listed.out.splitlines()[:2]) == (
        0,
        ["  old    1 version", "  older  1 version"],
    )
    client.set_registered_model_alias("old", "live", 1)
    assert registrar(*owned, "yes=true", **env).code == 6
    assert names(client) == ["hand", "mnist", "old", "older", "theirs"]
    done = registrar(*owned, "yes=true", "force=true", "output=json", **env)
    assert (done.code, [model["name"] for model in done.json["models"]]) == (0, ["old", "older"])
    assert names(client) == ["hand", "mnist", "theirs"]
    assert registrar(*owned, "yes=true", **env).out.startswith("Nothing to do: ")


def names(client: Any) -> list[str]:
    return sorted(model.name for model in client.search_registered_models())
