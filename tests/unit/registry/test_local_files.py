"""Places of this machine that a registry may name, and where no model can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registrar.errors import NotFoundError
from registrar.registry.local_files import LocalFiles
from registrar.uris import DirectoryUri, parse_source

if TYPE_CHECKING:
    from pathlib import Path


def open_files(path: str) -> LocalFiles:
    uri = parse_source(path)
    assert isinstance(uri, DirectoryUri)
    return LocalFiles(uri)


@pytest.mark.parametrize("path", ["/", "//", "/proc", "/proc/self/root", "/sys/", "file:///proc/1"])
def test_the_system_is_no_model(path: str) -> None:
    with pytest.raises(NotFoundError, match="is no place for models"):
        open_files(path)


def test_no_link_leads_to_the_system(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/proc")
    with pytest.raises(NotFoundError, match="is no place for models"):
        open_files(str(tmp_path / "link"))
    (tmp_path / "process").mkdir()
    assert open_files(str(tmp_path / "process")).list_folder("") == []
