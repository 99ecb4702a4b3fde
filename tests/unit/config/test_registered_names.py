"""`show model=iris` without a file iris means the registered model; nothing else is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registrar.config.arguments import parse_arguments
from registrar.config.files import ConfigFiles
from registrar.config.registered_names import with_registered_name

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("show model=iris", "show.name=iris"),
        ("show model=iris version=2", "show.name=iris"),
        ("verify model=iris", "verify.name=iris"),
        ("dump model=iris", "dump.name=iris"),
        ("show model=iris-v2.1", "show.name=iris-v2.1"),
        # A file declares it, or is nearly that file.
        ("show model=mnist", None),
        ("show model=other", None),
        # What writes takes no guess.
        ("plan model=iris", None),
        ("model=iris", None),
        ("delete model=iris", None),
        ("promote model=iris version=1", None),
        # More is said of the model.
        ("show model=iris name=mnist", None),
        ("show model=iris model.name=x", None),
        ("show model=iris models=all", None),
        ("show model=iris --multirun", None),
        # No name of one model.
        ("show model=all", None),
        ("show model=null", None),
        ("show model=vision/iris", None),
        ("show model=i*", None),
        ("show model=${oc.env:HOME}", None),
        ("show ~model=iris", None),
    ],
)
def test_which_model_is_a_registered_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, field: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "configs" / "model"
    folder.mkdir(parents=True)
    (folder / "mnist.yaml").write_text("name: mnist\n")
    (folder / "other.yml").write_text("name: other\n")
    arguments = parse_arguments(line.split())
    found = with_registered_name(arguments, ConfigFiles(arguments.folders))
    if field is None:
        assert found is arguments
        return
    (changed,) = [o for o in found.overrides if o not in arguments.overrides]
    assert (changed.text, changed.typed) == (field, line.split()[1])
    assert len(found.overrides) == len(arguments.overrides)
