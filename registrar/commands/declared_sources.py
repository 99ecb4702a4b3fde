"""What the files of a repository declare, as far as `init` has to know it to declare nothing twice.

A file that cannot be read, or whose values are interpolations, is no obstacle: it declares nothing
that a new file could repeat word for word.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from registrar.content.junk import CONFIGURATION
from registrar.content.yaml_limits import YamlLimitError, read_limited
from registrar.content.yaml_loader import load_yaml
from registrar.uris import DirectoryUri, parse_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Declared"]


@dataclass(frozen=True, slots=True)
class Declared:
    """The file that declares each source, and each name of a registered model."""

    sources: Mapping[str, Path]
    names: Mapping[str, Path]

    @classmethod
    def read(cls, config_dir: Path) -> Declared:
        """Read the files in `config_dir`, and those that lie beside their models."""
        beside = dict.fromkeys(Path("models").rglob(CONFIGURATION))
        sources = {path.parent.as_posix(): path for path in beside}
        names: dict[str, Path] = {}
        for path in (*beside, *sorted((config_dir / "model").rglob("*.yaml"))):
            fields = _read_fields(path)
            if path not in beside:
                sources |= {_normalize(uri): path for uri in _list_uris(fields)}
            if isinstance(name := fields.get("name"), str):
                names[name] = path
        return cls(sources, names)

    def find(self, uri: str, name: str | None = None) -> Path | None:
        """Return the file that declares a source; with `name`, only where it is that model's."""
        file = self.sources.get(_normalize(uri))
        return file if name is None or self.names.get(name) == file else None


def _read_fields(path: Path) -> dict[str, Any]:
    """Return the fields of a configuration; none of what cannot be read."""
    try:
        fields = load_yaml(read_limited(path)) if path.is_file() else None
    except (OSError, yaml.YAMLError, ValueError, YamlLimitError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _list_uris(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the URI of the model, or of each of its versions."""
    versions = fields.get("versions")
    for entry in (fields, *(versions if isinstance(versions, list) else ())):
        if isinstance(entry, dict) and isinstance(uri := entry.get("uri"), str):
            yield uri


def _normalize(uri: str) -> str:
    """Return the one spelling of a relative path; other URIs as they are written."""
    source = parse_source(uri)
    return Path(source.path).as_posix() if isinstance(source, DirectoryUri) else uri
