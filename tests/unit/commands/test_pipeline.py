"""The pipelines that `init ci=` writes: those of the documentation, never over a file."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from registrar.commands.pipeline import make_pipeline
from registrar.errors import ConfigError
from registrar.version import __version__
from tests.docs.markdown import blocks
from tests.support.registrar_process import ROOT

FILES = {"github": ".github/workflows/models.yml", "gitlab": ".gitlab-ci.yml"}


@pytest.fixture(autouse=True)
def _in_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    install_from(monkeypatch, '{"url": "file:///checkout", "dir_info": {}}')


def install_from(monkeypatch: pytest.MonkeyPatch, origin: str | None) -> None:
    """Let pip have installed registrar from a place; None is the package index."""
    installed = SimpleNamespace(read_text=lambda _: origin)
    monkeypatch.setattr(metadata, "distribution", lambda _: installed)


@pytest.mark.parametrize("system", FILES)
def test_the_documentation_shows_the_file(system: str) -> None:
    pipeline = make_pipeline(system, None)

    shown = [block for block in blocks(ROOT / "docs/ci.md") if block.file == FILES[system]]
    assert [block.text for block in shown] == [f"# {FILES[system]}\n{pipeline.text}"]
    assert pipeline.path == Path(FILES[system])
    assert pipeline.advice[-1].startswith("Replace /path/to/registrar in the file by ")


@pytest.mark.parametrize(
    ("origin", "place"),
    [
        (None, f"mlflow-registrar=={__version__}"),
        (
            json.dumps({"url": "https://h/r.git", "vcs_info": {"vcs": "git", "commit_id": "ab12"}}),
            "'mlflow-registrar @ git+https://h/r.git@ab12'",
        ),
        (
            json.dumps({"url": "https://h/r.whl", "archive_info": {}}),
            "'mlflow-registrar @ https://h/r.whl'",
        ),
        (json.dumps({"url": "file:///r.whl", "archive_info": {}}), "/path/to/registrar"),
        ("{", "/path/to/registrar"),
    ],
)
def test_the_pipeline_installs_what_is_installed_here(
    origin: str | None, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_from(monkeypatch, origin)

    for system in FILES:
        text = make_pipeline(system, None).text
        assert f" pip install {place}\n" in text
        assert yaml.safe_load(text)
        assert text.count("/path/to/registrar") == (place == "/path/to/registrar")


def from_github(url: str, commit: str = "ab" * 20) -> str:
    return json.dumps({"url": url, "vcs_info": {"vcs": "git", "commit_id": commit}})


@pytest.mark.parametrize("url", ["https://github.com/me/r", "https://github.com/me/r.git"])
def test_a_registrar_from_github_is_used_as_an_action(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_from(monkeypatch, from_github(url))
    pipeline = make_pipeline("github", None)
    (shown,) = [b.text for b in blocks(ROOT / "docs/ci.md") if "registry.yml" in (b.file or "")]
    placed = shown.replace("OWNER/registrar@v0.1.0", f"me/r@{'ab' * 20}")
    assert placed == f"# .github/workflows/registry.yml\n{pipeline.text}"
    assert len(pipeline.advice) == 2
    inside = make_pipeline("github", Path("registry/mlflow")).text
    assert inside.count("{args: --config-dir=registry/mlflow, policy-ref:") == 2
    assert "pip install" in make_pipeline("gitlab", None).text


@pytest.mark.parametrize(
    "origin",
    [
        from_github("https://gitlab.com/me/r"),
        from_github("https://github.com/me/r/x"),
        from_github("https://github.com/me/r", "main"),
        from_github("https://github.com/me/${{ x }}"),
    ],
)
def test_no_other_place_is_used_as_an_action(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    install_from(monkeypatch, origin)
    assert "pip install" in make_pipeline("github", None).text


def test_an_existing_file_stays(tmp_path: Path) -> None:
    for system, file in FILES.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("stages: [test]\n")
        pipeline = make_pipeline(system, None)
        if system == "github":
            assert (pipeline.text, pipeline.advice) == (
                "",
                (f"{file} exists already and was not changed.",),
            )
        else:
            assert pipeline.path == Path(".gitlab/models.yml")
            assert (
                "Add to .gitlab-ci.yml: include: [{local: .gitlab/models.yml}]" in pipeline.advice
            )

    (tmp_path / ".gitlab-ci.yml").write_text(pipeline.text)
    assert make_pipeline("gitlab", None).text == ""


def test_the_commands_read_the_folder_that_was_named() -> None:
    for system in FILES:
        text = make_pipeline(system, Path("registry/mlflow")).text
        assert text.count("models=all") == text.count("models=all --config-dir registry/mlflow")
    with pytest.raises(ConfigError, match="has to be quoted in a shell"):
        make_pipeline("github", Path("$(touch canary)"))


def test_mistakes_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"no CI system 'githb'\. Did you mean 'github'\?"):
        make_pipeline("githb", None)
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    with pytest.raises(ConfigError, match="only at the root of the repository") as caught:
        make_pipeline("github", None)
    assert caught.value.problems[0].code == "not-the-root"
