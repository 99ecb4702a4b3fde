"""The templates of the pages: every value is escaped, and nothing is loaded from anywhere."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from markupsafe import Markup

from registrar.report.html.shown import fit
from registrar.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Templates"]

LONGEST = 5000  # bytes of a value in a page; no address is longer
SHORT = LONGEST // 12  # characters that never take more: none takes more than twelve bytes
FOLDER = files("registrar.report.html") / "templates"
POLICY = (
    "default-src 'none'; style-src {styles}; script-src {scripts}; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


class Templates:
    """The templates, for one catalogue. `mask` takes the secrets of the environment out of texts."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        self.mask = mask
        self._environment = Environment(
            loader=_PackageLoader(),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=self._show,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        style, script = _read("style.css"), _read("script.js")
        list_style, list_script = _read("list_pages.css"), _read("list_pages.js")
        self._environment.globals |= {
            "style": Markup(style),  # noqa: S704 - our own file
            "script": Markup(script),  # noqa: S704 - our own file
            "policy": _make_policy((style,), (script,)),
            "list_style": Markup(list_style),  # noqa: S704 - our own file
            "list_script": Markup(list_script),  # noqa: S704 - our own file
            "list_policy": _make_policy((style, list_style), (script, list_script)),
        }

    def render(self, name: str, **values: Any) -> str:
        """Return a template with its values."""
        return self._environment.get_template(name).render(**values)

    def _show(self, value: Any) -> Any:
        """Return a value as the page shows it: without secrets and unseen letters, and not too long."""
        if value is None:
            return ""
        if type(value) is not str:
            return value
        return printable(fit(value, LONGEST, self.mask) if len(value) > SHORT else self.mask(value))


class _PackageLoader(BaseLoader):
    """Reads a template from this package."""

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002 - Jinja gives it
        template: str,
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        if template not in {item.name for item in FOLDER.iterdir()}:
            raise TemplateNotFound(template)
        return _read(template), None, lambda: True


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _make_policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Return the content security policy of a page that has these styles and scripts alone."""
    return POLICY.format(styles=" ".join(map(_hash, styles)), scripts=" ".join(map(_hash, scripts)))


def _hash(text: str) -> str:
    """Return what a content security policy calls a script or style of this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
