"""docs/security.md says what strict mode is, and which variables allow more."""

from __future__ import annotations

from registrar.config import permissions
from tests.docs.markdown import table
from tests.support.registrar_process import ROOT

DOCS = ROOT / "docs"


def test_the_page_lists_every_variable() -> None:
    listed = {cell.strip("`") for cell in table(DOCS / "security.md", "variables")}
    assert listed == {
        permissions.STRICT,
        permissions.ALLOW_ENV,
        permissions.ALLOW_HOSTS,
        permissions.ALLOW_PATHS,
        permissions.ALLOW_PLUGINS,
    }


def test_the_page_lists_what_turns_strict_mode_on() -> None:
    page = (DOCS / "security.md").read_text()
    assert all(f"`{name}`" in page for name in permissions.CI_MARKS)
