"""pyproject.toml says which folder of the repository holds registrar's configurations."""

from __future__ import annotations

from pathlib import Path

import pytest

from registrar.config.arguments import parse_arguments
from registrar.config.mapping_source import MappingSource
from registrar.errors import ConfigError

REGISTRY = '[tool.registrar]\nconfig-dir = "registry"\n'


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with an app's `configs`, and a folder of registrar's in two places."""
    folder = tmp_path / "repository"
    for place in (
        ".git",
        "configs",
        "registry/model",
        "training/registry/model",
        "training/configs",
    ):
        (folder / place).mkdir(parents=True)
    write(tmp_path / "outside" / "registry" / "model" / "x.yaml")
    write(folder / "pyproject.toml", f'[project]\nname = "x"\n{REGISTRY}')
    monkeypatch.chdir(folder)
    return folder


def find(*argv: str) -> list[str]:
    """What is wrong, or else the folders that are searched, relative to the repository."""
    arguments = parse_arguments(argv)
    here = Path.cwd()
    root = next(folder for folder in (here, *here.parents) if folder.name == "repository")
    folders = [path.relative_to(root).as_posix() for path in arguments.folders]
    return [str(problem) for problem in arguments.problems] or folders


def test_the_folder_replaces_configs_and_a_flag_replaces_both(repository: Path) -> None:
    assert find() == ["registry"]
    assert find("--config-dir=training/registry") == ["training/registry"]
    write(repository / "pyproject.toml", "[tool.ruff]\n")
    assert find() == ["configs"]


def test_the_nearest_file_with_a_part_of_registrars_counts_up_to_the_root_of_the_repository(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "training")
    write(Path("pyproject.toml"), "[tool.registrar-like]\nx = 1\n")
    assert find() == ["registry"]
    write(Path("pyproject.toml"), REGISTRY)
    assert find() == ["training/registry"]
    Path("pyproject.toml").unlink()
    (repository / "training" / ".git").write_text("gitdir: elsewhere")  # as in a worktree
    assert find() == ["training/configs"]
    (repository / "training" / ".git").unlink()
    (repository / ".git").rmdir()  # no repository: what lies above may be anybody's
    assert find() == ["training/configs"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[tool.registrar]\nconfig-dir = 1\n",
            'config-dir is not the name of a folder. Write config-dir = "registry".',
        ),
        (
            '[tool.registrar]\nconfig_dir = "registry"\n',
            (
                "unknown key 'config_dir' in [tool.registrar]. Did you mean 'config-dir'?"
                " Known here: config-dir."
            ),
        ),
        (
            '[tool.registrar]\nconfig-dir = "rgistry"\n',
            "config-dir: no folder 'rgistry' here. Name the folder that holds model/NAME.yaml.",
        ),
        (
            '[tool.registrar]\nconfig-dir = "configs"\n',
            (
                "config-dir: 'configs' has no folder model/."
                " Name the folder that holds model/NAME.yaml."
            ),
        ),
        (
            "[tool.registrar]\nconfig-dir = registry\n",
            "is not TOML: Invalid value (at line 2, column 14). Correct the file.",
        ),
    ],
)
def test_what_is_wrong_is_told_with_the_file(repository: Path, text: str, expected: str) -> None:
    write(repository / "pyproject.toml", text)
    assert find() == [f"pyproject.toml: {expected}"]


@pytest.mark.parametrize("name", ["../outside/registry", "{tmp}/outside/registry", "link"])
def test_the_folder_lies_in_the_repository_unless_the_environment_allows_another(
    repository: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = repository.parent / "outside"
    (repository / "link").symlink_to(outside / "registry")
    name = name.format(tmp=repository.parent)
    write(repository / "pyproject.toml", f'[tool.registrar]\nconfig-dir = "{name}"\n')
    (problem,) = parse_arguments(["plan"]).problems
    assert problem.code == "path-outside"
    assert problem.message == f"config-dir: leads out of the repository, to '{outside}/registry'"
    monkeypatch.setenv("REGISTRAR_ALLOW_PATHS", str(outside))
    assert parse_arguments(["plan"]).problems == ()


def test_a_file_that_is_a_link_out_or_huge_is_not_read(repository: Path) -> None:
    write(repository.parent / "outside" / "pyproject.toml", REGISTRY)
    (repository / "pyproject.toml").unlink()
    (repository / "pyproject.toml").symlink_to("../outside/pyproject.toml")
    assert find() == ["configs"]
    (repository / "pyproject.toml").unlink()
    write(repository / "pyproject.toml", REGISTRY + "#" * 1_000_000)
    assert find() == ["configs"]


def test_toml_is_read_only_where_the_file_has_a_part_of_registrars(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tomllib", None)  # its import fails
    write(repository / "pyproject.toml", "[tool.ruff]\n= no TOML at all")
    assert find() == ["configs"]


def test_python_code_writes_into_the_same_folder(repository: Path) -> None:
    assert MappingSource().folder == "registry"
    write(repository / "pyproject.toml", REGISTRY.replace("registry", "../outside"))
    with pytest.raises(ConfigError, match=r"^pyproject.toml: "):
        _ = MappingSource().folder
    write(repository / "pyproject.toml")
    assert MappingSource().folder == "configs"
