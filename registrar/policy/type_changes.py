"""What another type of a column, a tensor or a parameter means for callers and readers.

The rules are those of MLflow's own checks; `tests/cases/signatures.yaml` holds each of them, and its
test runs MLflow on real values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from registrar.content.signature_types import (
    AnyType,
    ArrayType,
    MapType,
    ObjectType,
    ScalarType,
    TensorType,
)
from registrar.signature_comparison import SignatureChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.content.signature_types import Field, Type

__all__ = ["Part", "Path", "compare_required", "compare_types", "say_added"]

Part: TypeAlias = Literal["inputs", "outputs", "params"]
Path: TypeAlias = "tuple[str | int, ...]"

# A value of the first type is one of the second, too.
WIDER_COLUMNS = frozenset({("integer", "long"), ("integer", "double"), ("float", "double")})
WIDER_PARAMS = WIDER_COLUMNS | {("integer", "float"), ("long", "float"), ("long", "double")}


def compare_types(path: Path, old: Type, new: Type, part: Part) -> Iterator[SignatureChange]:
    """Yield the changes from one type to another, member by member."""
    match old, new:
        case ArrayType(before), ArrayType(after):
            yield from compare_types((*path, "[]"), before, after, part)
        case MapType(before), MapType(after):
            yield from compare_types((*path, "*"), before, after, part)
        case ObjectType(), ObjectType():
            # MLflow converts simple parameters only; the members of an object are columns to it.
            yield from _compare_objects(path, old, new, "inputs" if part == "params" else part)
        case _ if old != new:
            breaks = not (_fits(new, old, part) if part == "outputs" else _fits(old, new, part))
            yield SignatureChange(path, "type", str(old), str(new), breaks)
        case _:
            return


def compare_required(path: Path, old: Field, new: Field, part: Part) -> Iterator[SignatureChange]:
    """Yield a change where something was optional and is required now, or the reverse."""
    if old.required != new.required:
        breaks = old.required if part == "outputs" else new.required
        before, after = _say_required(old), _say_required(new)
        yield SignatureChange(path, "required", before, after, breaks)


def say_added(field: Field, part: Part) -> str:
    """Return how a new member is described; only callers need to know whether it is required."""
    return str(field.type) if part == "outputs" else f"{_say_required(field)} {field.type}"


def _say_required(field: Field) -> str:
    return "required" if field.required else "optional"


def _compare_objects(
    path: Path, old: ObjectType, new: ObjectType, part: Part
) -> Iterator[SignatureChange]:
    before = {field.name: field for field in old.properties}
    after = {field.name: field for field in new.properties}
    for name, field in before.items():
        where = (*path, str(name))
        if name not in after:  # MLflow refuses an object with a key that the model does not know
            yield SignatureChange(where, "removed", str(field.type), None, breaks=True)
            continue
        yield from compare_types(where, field.type, after[name].type, part)
        yield from compare_required(where, field, after[name], part)
    for name, field in after.items():
        if name not in before:
            breaks = part == "inputs" and field.required
            yield SignatureChange((*path, str(name)), "added", None, say_added(field, part), breaks)


def _fits(narrow: Type, wide: Type, part: Part) -> bool:
    """Return whether every value of one type is a value of another one."""
    match narrow, wide:
        case TensorType(), TensorType():
            return _is_part_of(narrow, wide) and not (
                part == "inputs" and _shuts_out_frames(narrow, wide)
            )
        case _, AnyType():
            return True
        case ScalarType(name), ScalarType(other):
            return (name, other) in (WIDER_PARAMS if part == "params" else WIDER_COLUMNS)
        case _:
            return False


def _is_part_of(narrow: TensorType, wide: TensorType) -> bool:
    return (
        narrow.dtype == wide.dtype
        and len(narrow.shape) == len(wide.shape)
        and all(size in {-1, length} for length, size in zip(narrow.shape, wide.shape, strict=True))
    )


def _shuts_out_frames(old: TensorType, new: TensorType) -> bool:
    """Return whether a caller can no longer send a DataFrame.

    MLflow takes one for a tensor of any first length whose other lengths are given.
    """
    return _takes_frames(old) and not _takes_frames(new)


def _takes_frames(tensor: TensorType) -> bool:
    return tensor.shape[:1] == (-1,) and -1 not in tensor.shape[1:]
