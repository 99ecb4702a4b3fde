"""The scripts of the Action run in the checkout of a pull request: Python takes no module from there."""

from __future__ import annotations

import re

import pytest

from tests.support.registrar_process import ROOT

# How a script starts Python with code or with a module: then the current folder is on the import path.
START = re.compile(r'\bpython3?"?((?: +-\w+)* +-\w*[cm]) ')


@pytest.mark.parametrize("script", ["action/run", "action/install", "docs/ci.md"])
def test_python_takes_no_module_from_the_checkout(script: str) -> None:
    starts = START.findall((ROOT / script).read_text())
    assert starts
    assert [options for options in starts if "-I" not in options.split()] == []
