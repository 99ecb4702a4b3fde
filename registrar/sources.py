"""URI forms: looking at a model before anything is written, and what identifies it."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import yaml

from registrar.errors import ConfigError, NotFoundError, Problem
from registrar.state import Source
from registrar.uris import canonical_uri, reference_digest, safe_uri, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.registry import Registry, Store

__all__ = ["Locator", "content_digest", "files", "problem"]

BLOCK = 1 << 20
SOURCE_LIMIT = 500  # VARCHAR(500) in MLflow's PostgreSQL schema
MLMODEL = "MLmodel"
LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
RUN_FOLDER = re.compile(r".*/(?P<run_id>[0-9a-f]{32})/artifacts/.+")
RUN_URI = re.compile(r"runs:/+(?P<run_id>[^/]+)/(?P<path>.+)")
LOGGED_URI = re.compile(r"models:/+(?P<model_id>m-[^/@]+)")
VERSION_URI = re.compile(r"models:/+(?P<name>[^/@]+)(/(?P<number>[0-9]+)|(?P<alias>@[^/@]+))")
# MLflow's server refuses these unless it stores its own artifacts there, or the scheme is listed.
HOST_ADDRESSED = {"ftp", "sftp", "hdfs", "viewfs", "http", "https", "r2", "b2", "abfss"}
# MLflow's server resolves a source's path on its own disk; these are links on most systems.
LINKED = ("/bin/", "/sbin/", "/lib/", "/lib64/", "/var/run/", "/var/lock/")
HOST_SETTING = "MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES"


@dataclass(frozen=True, slots=True)
class File:
    """A file of a model directory: its path below the directory, with `/`, and its size."""

    relative: str
    path: Path
    size: int


def is_directory(uri: str) -> bool:
    """Whether a URI names a place on this machine."""
    return scheme_of(uri) in {"", "file"}


def problem(uri: str) -> Problem | None:
    """What is wrong with a URI as far as it shows without contacting anything, or None.

    A directory is looked at: it exists, it has an MLmodel that parses, every file can be taken.
    """
    try:
        if is_directory(uri):
            folder = _folder(uri)
            _mlmodel((folder / MLMODEL).read_bytes(), str(uri))
            files(folder)
        else:
            _form(uri)
    except ConfigError as error:
        return error.problems[0]
    except OSError as error:
        return Problem(f"{uri}: {error.strerror}", "Check the path and its permissions.")
    return None


def files(folder: Path) -> list[File]:
    """All files below `folder`, in the byte order of their relative paths.

    Raises ConfigError for what no artifact store can hold as it is: links that leave the
    directory, devices and sockets, names with a line break or a backslash or not in UTF-8.
    """
    folder = folder.resolve()
    try:
        found = [_file(folder, path) for path in _walk(folder, folder)]
    except OSError as error:
        message = f"cannot read {error.filename}: {error.strerror}"
        raise ConfigError(Problem(message, "Check its permissions.")) from None
    return sorted(found, key=lambda file: os.fsencode(file.relative))


def content_digest(folder: Path) -> str:
    r"""`sha256:` over the lines `<sha256 of file>  <relative path>`, sorted by path.

    The same as `find -L . -type f -printf '%P\n' | LC_ALL=C sort | tr '\n' '\0' | xargs -0
    sha256sum | sha256sum` in that directory. Memory does not grow with the files.
    """
    digest = hashlib.sha256()
    for file in files(folder):
        line = f"{_file_digest(file.path)}  {file.relative}\n"
        digest.update(os.fsencode(line))
    return f"sha256:{digest.hexdigest()}"


@dataclass(frozen=True, slots=True)
class Locator:
    """Finds what a URI names, by the server where it has to."""

    registry: Registry
    store: Store
    remote: bool

    def locate(self, uri: str, *, verify: bool) -> Source:
        """The source with its digest. Raises ConfigError when there is no model there."""
        try:
            source = self._locate(uri, verify=verify)
        except NotFoundError as error:
            message = f"{safe_uri(uri)}: {error.problems[0].message}"
            raise ConfigError(Problem(message, "Correct the URI; nothing was written.")) from None
        if source.stored is not None and len(source.stored) > SOURCE_LIMIT:
            message = f"{len(source.stored)} characters where the registry takes {SOURCE_LIMIT}"
            raise ConfigError(Problem(message, "Shorten the URI."))
        return source

    def _locate(self, uri: str, *, verify: bool) -> Source:
        if is_directory(uri):
            return self._directory(uri)
        if match := RUN_URI.fullmatch(uri):
            return self._run(uri, match["run_id"], match["path"].rstrip("/"), verify=verify)
        if match := LOGGED_URI.fullmatch(uri):
            return self._logged(uri, match["model_id"], verify=verify)
        if match := VERSION_URI.fullmatch(uri):
            number_or_alias = match["number"] or match["alias"]
            return self._version(uri, match["name"], number_or_alias, verify=verify)
        return self._reference(uri, verify=verify)

    def _directory(self, uri: str) -> Source:
        folder = _folder(uri)
        inside = RUN_FOLDER.fullmatch(folder.as_posix())
        if inside:
            run = self._run_that_holds(inside["run_id"], folder)
            if run is not None:
                uuid = _mlmodel((folder / MLMODEL).read_bytes(), uri).get("model_uuid")
                place = f"file://{folder.as_posix()}"
                digest = reference_digest(place, run_id=run, uuid=uuid)
                return Source(uri, digest, place, run, directory=folder.as_posix())
        size = sum(file.size for file in files(folder))
        return Source(uri, content_digest(folder), directory=folder.as_posix(), size=size)

    def _run_that_holds(self, run_id: str, folder: Path) -> str | None:
        """The run, if the directory lies in its own artifacts on this machine."""
        try:
            root = self.store.run(run_id).artifact_uri
        except NotFoundError:
            return None
        if not is_directory(root):
            return None
        path = _local_path(root).resolve()
        return run_id if folder.is_relative_to(path) and folder != path else None

    def _run(self, uri: str, run_id: str, path: str, *, verify: bool) -> Source:
        run = self.store.run(run_id)
        location = f"{run.artifact_uri.rstrip('/')}/{path}"
        if not verify:
            return _referenced(uri, location, run_id=run_id, verified=False)
        try:
            uuid = self._uuid(location)
        except NotFoundError:
            models = self.store.logged_models_of(run, path)
            if len(models) != 1:
                raise _ambiguous(uri, [model.model_id for model in models]) from None
            return self._logged(uri, models[0].model_id, verify=True)
        return _referenced(uri, location, run_id=run_id, uuid=uuid)

    def _logged(self, uri: str, model_id: str, *, verify: bool) -> Source:
        model = self.store.logged_model(model_id)
        if not model.ready:
            message = f"{uri}: the logged model {model_id} is {model.status}"
            raise ConfigError(Problem(message, "Finish logging it first."))
        uuid = self._uuid(model.location) if verify else None
        stored = f"models:/{model_id}"
        return _referenced(
            uri, stored, run_id=model.run_id, model_id=model_id, uuid=uuid, verified=verify
        )

    def _version(self, uri: str, name: str, number_or_alias: str, *, verify: bool) -> Source:
        version = self.registry.version(name, number_or_alias)
        stored = f"models:/{name}/{version.number}"
        if verify:
            self._uuid(stored)
        digest = version.digest or reference_digest(stored, run_id=version.run_id)
        return Source(uri, digest, stored, version.run_id, verified=verify)

    def _reference(self, uri: str, *, verify: bool) -> Source:
        note = _server_rules(uri) if self.remote else None
        stored = canonical_uri(uri)
        uuid = self._uuid(stored) if verify else None
        run = None
        if scheme_of(uri) == "mlflow-artifacts" and (inside := RUN_FOLDER.fullmatch(stored)):
            run = inside["run_id"]
        return _referenced(uri, stored, run_id=run, uuid=uuid, verified=verify, note=note)

    def _uuid(self, location: str) -> str | None:
        """The `model_uuid` of the MLmodel there: the look before the write."""
        uuid = _mlmodel(self.store.read(location, MLMODEL), location).get("model_uuid")
        return str(uuid) if uuid else None


def _referenced(
    uri: str,
    stored: str,
    *,
    uuid: str | None = None,
    run_id: str | None = None,
    model_id: str | None = None,
    verified: bool = True,
    note: str | None = None,
) -> Source:
    digest = reference_digest(uri, run_id=run_id, model_id=model_id, uuid=uuid)
    return Source(uri, digest, stored, run_id, model_id, verified=verified, note=note)


def _ambiguous(uri: str, models: list[str]) -> ConfigError:
    if not models:
        return ConfigError(Problem(f"{uri}: the run has no such model", "Correct the path."))
    message = f"{uri}: the run logged several models of that name: {', '.join(sorted(models))}"
    return ConfigError(Problem(message, "Name one of them as models:/ID."))


def _form(uri: str) -> None:
    """Raises ConfigError when a URI has no form that can be registered."""
    scheme = scheme_of(uri)
    if scheme == "runs" and not RUN_URI.fullmatch(uri):
        raise ConfigError(Problem(f"{uri} is not a run's model", "Write runs:/RUN_ID/PATH."))
    if scheme == "models" and not (LOGGED_URI.fullmatch(uri) or VERSION_URI.fullmatch(uri)):
        hint = "Write models:/NAME/VERSION, models:/NAME@ALIAS or models:/m-ID."
        raise ConfigError(Problem(f"{uri} does not name one version", hint))
    if scheme in {"runs", "models"}:
        return
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise ConfigError(Problem(f"{safe_uri(uri)}: {error}", "Correct the URI.")) from None
    if any(unquote(part) in {".", ".."} for part in parts.path.split("/")):
        message = f"{safe_uri(uri)} holds '.' or '..', which MLflow refuses"
        raise ConfigError(Problem(message, "Write the path without them."))
    if parts.query or parts.fragment:
        message = f"{safe_uri(uri)} has a query or a fragment"
        raise ConfigError(Problem(message, "A model's place is a plain path."))
    if not parts.path.strip("/"):
        message = f"{safe_uri(uri)} names a whole bucket or host"
        raise ConfigError(Problem(message, "Name the folder that holds the MLmodel."))


def _server_rules(uri: str) -> str | None:
    """What to know before an MLflow server is asked to take a source, or None.

    Raises ConfigError for what it accepts under no setting.
    """
    scheme, parts = scheme_of(uri), urlsplit(uri)
    if scheme == "mlflow-artifacts" and not RUN_FOLDER.fullmatch(uri):
        message = f"{uri} does not lie in a run's artifacts; an MLflow server accepts no other"
        raise ConfigError(Problem(message, "Use runs:/RUN_ID/PATH, or models:/m-ID."))
    if scheme in HOST_ADDRESSED or (scheme == "mlflow-artifacts" and parts.netloc):
        return (
            f"MLflow servers refuse {scheme}:// sources unless they store their own artifacts "
            f"there, or {HOST_SETTING} lists {scheme} on the server"
        )
    if parts.path.startswith(LINKED):
        return (
            f"{safe_uri(uri)}: a server whose system has links at "
            f"{', '.join(prefix.rstrip('/') for prefix in LINKED)} refuses such a path; "
            "another first folder avoids it"
        )
    return None


def _folder(uri: str) -> Path:
    """The directory that a path or file URI names. Raises ConfigError unless it holds an MLmodel."""
    path = _local_path(uri)
    if not path.exists():
        near = _nearest(path)
        raise ConfigError(Problem(f"there is no directory {uri}", near))
    if not path.is_dir():
        raise ConfigError(Problem(f"{uri} is a file", "Name the directory that holds the MLmodel."))
    if not (path / MLMODEL).is_file():
        message = f"{uri} has no {MLMODEL}: it is not an MLflow model"
        raise ConfigError(Problem(message, "Save the model there with mlflow's save_model."))
    return path.resolve()


def _nearest(path: Path) -> str:
    import difflib

    parent = path.parent
    names = [item.name for item in parent.iterdir() if item.is_dir()] if parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, 1)
    if close:
        return f"Did you mean '{path.with_name(close[0])}'?"
    return f"A relative path counts from {Path.cwd()}." if not path.is_absolute() else "Correct it."


def _local_path(uri: str) -> Path:
    if scheme_of(uri) != "file":
        return Path(uri)
    parts = urlsplit(uri)
    if parts.netloc not in {"", "localhost"}:
        message = f"{uri} names the host {parts.netloc}"
        raise ConfigError(Problem(message, "A file URI on this machine is file:///PATH."))
    return Path(unquote(parts.path))


def _mlmodel(content: bytes, where: str) -> dict[str, Any]:
    """The MLmodel as a mapping. Raises ConfigError when it is not one."""
    try:
        loaded = yaml.load(content, Loader=LOADER)  # noqa: S506 - a safe loader, in C
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: no such date
        message = f"{safe_uri(where)}: its {MLMODEL} is not YAML: {' '.join(str(error).split())}"
        raise ConfigError(Problem(message, "Save the model again.")) from None
    if not isinstance(loaded, dict) or not isinstance(loaded.get("flavors"), dict):
        message = f"{safe_uri(where)}: its {MLMODEL} names no flavors"
        raise ConfigError(Problem(message, "Save the model again."))
    return loaded


def _walk(folder: Path, path: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Every file below `path`, which lies in `folder`; links to directories are entered."""
    real = path.resolve()
    if real in above:
        message = f"{path} is a link to a directory above it"
        raise ConfigError(Problem(message, "Remove the link."))
    for item in sorted(path.iterdir()):
        if item.is_symlink():
            _check_link(folder, item)
        if item.is_dir():
            yield from _walk(folder, item, (*above, real))
        else:
            yield item


def _file(folder: Path, path: Path) -> File:
    relative = path.relative_to(folder).as_posix()
    if any(char in relative for char in "\n\r\\") or not _is_utf8(relative):
        message = f"{relative!r} has a name that not every artifact store can hold"
        raise ConfigError(Problem(message, "Rename it: no line break, no backslash, UTF-8."))
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(Problem(f"{path} is not a regular file", "Remove it from the model."))
    if not os.access(path, os.R_OK):
        raise ConfigError(Problem(f"cannot read {path}", "Check its permissions."))
    return File(relative, path, status.st_size)


def _check_link(folder: Path, path: Path) -> None:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a loop, before Python 3.13
        raise ConfigError(Problem(f"{path} is a link to nothing", "Remove or repair it.")) from None
    if not target.is_relative_to(folder):
        message = f"{path} is a link out of the model's directory"
        raise ConfigError(Problem(message, "Copy the file in."))


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _file_digest(path: Path) -> str:
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(BLOCK))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
    return digest.hexdigest()
