"""`dump` of a registry whose records somebody has spoilt: `plan` takes every file that it writes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.made_registries import ALIAS, KEY, NAME, SOURCE, TEXT, fill, is_name, run

if TYPE_CHECKING:
    from collections.abc import Iterator

# What somebody can write into registrar's own tags, by accident or on purpose.
RECORD = st.sampled_from(
    [
        "",
        "[]",
        "{",
        '["a","@b"]',
        '["lr","???"]',
        '["@best","@v1","team"]',
        "[1,null]",
        "7",
        "1",
        " ",
    ]
)
OWN_TAGS = st.dictionaries(
    st.sampled_from(
        [
            "registrar_managed",
            "registrar_moved",
            "registrar_provenance",
            "registrar_pinned",
            "registrar_lineage",
            "registrar_metrics",
            "registrar_model_signature",
            "registrar_owner",
            "registrar_protected",
            "registrar_config",
        ]
    ),
    RECORD,
)
DIGEST = st.sampled_from(["sha256:" + "1" * 64, "ref-sha256:" + "2" * 64, "sha1:x", ""])
ODD_SOURCE = SOURCE | st.sampled_from(
    [
        "broken",
        "s3://b/" + "y" * 600,
        "/" + "z" * 300,
        "runs:/" + "a" * 32 + "/m",
        "http://169.254.169.254/x",
        "a\nb",
        "..",
    ]
)
ODD_VERSION = st.fixed_dictionaries(
    {
        "source": ODD_SOURCE,
        "run_id": st.none() | st.just("a" * 32),
        "description": TEXT,
        "tags": st.builds(
            lambda tags, own, digest: {**tags, **own, **digest},
            st.dictionaries(KEY | st.sampled_from(["lr", "team"]), TEXT, max_size=3),
            OWN_TAGS,
            st.fixed_dictionaries({}, optional={"registrar_digest": DIGEST}),
        ),
        "aliases": st.lists(ALIAS | st.just("best"), max_size=2),
        "deleted": st.just(False),
    }
)
ODD_MODELS = st.dictionaries(
    NAME | st.sampled_from(["Iris", "iris", "_base", "..x", "%2e%2e%2fx", "a\\..\\b", "con"]),
    st.fixed_dictionaries(
        {
            "description": TEXT,
            "tags": st.builds(
                lambda tags, own: {**tags, **own},
                st.dictionaries(KEY | st.just("team"), TEXT, max_size=3),
                OWN_TAGS,
            ),
            "versions": st.lists(ODD_VERSION, max_size=3),
        }
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, blank_database: Path) -> Iterator[Path]:
    """A folder with the database `old.db`, as the current directory."""
    folder = tmp_path_factory.mktemp("dump")
    shutil.copy(blank_database, folder / "old.db")
    before = Path.cwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


@settings(
    max_examples=max(2, settings().max_examples // 30),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    models=ODD_MODELS.map(lambda models: {n: m for n, m in models.items() if is_name(n)}).filter(
        bool
    )
)
def test_what_a_hostile_registry_holds_becomes_files_that_plan_takes(
    folder: Path, models: dict[str, Any]
) -> None:
    shutil.rmtree(folder / "a", ignore_errors=True)
    (folder / "broken").mkdir(exist_ok=True)  # a directory without an MLmodel
    fill("old.db", models)
    before = {path for path in folder.rglob("*") if "a" not in path.relative_to(folder).parts}
    code, dumped = run("old.db", "dump", "dump.dir=a/model")
    assert (code, dumped.get("error")) == (0, None)
    assert {p for p in folder.rglob("*") if "a" not in p.relative_to(folder).parts} == before
    written = {model["name"]: Path(model["file"]).stem for model in dumped["models"]}
    assert len({option.lower() for option in written.values()}) == len(written)
    owners = {name: models[name]["tags"].get("registrar_owner") for name in written}
    for owner in {*owners.values()}:  # one run acts for one owner
        chosen = [option for name, option in written.items() if owners[name] == owner]
        words = ["--config-dir", "a", "--multirun", f"model={','.join(chosen)}"]
        code, plan = run("old.db", "check", *words)
        changes = [change for model in plan.get("models", ()) for change in model["changes"]]
        assert (code, plan.get("error")) == (0, None), changes
