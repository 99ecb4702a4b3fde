"""Files that are fetched into a folder."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest

from registrar.errors import ConfigError
from registrar.registry.artifact_reads import download
from registrar.registry.retry import Retry
from registrar.registry.stored_files import StoredFile

if TYPE_CHECKING:
    from pathlib import Path


class FullDisk:
    """Files that cannot be written to this machine."""

    is_local = False
    parallel = 2
    location = "store:/model"

    def __init__(self, code: int) -> None:
        self.code = code

    def list_folder(self, folder: str) -> list[StoredFile]:
        assert folder == ""
        return [StoredFile("MLmodel", 1), StoredFile("weights.bin", 1)]

    def save(self, path: str, target: Path) -> str:
        raise OSError(self.code, os.strerror(self.code), f"{target.parent}/{path}")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_no_failure_of_the_server(code: int, tmp_path: Path) -> None:
    store: Any = FullDisk(code)
    with pytest.raises(ConfigError) as caught:
        download(Retry("http://host", 5.0), store, tmp_path)
    assert [problem.code for problem in caught.value.problems] == ["disk-full"]
