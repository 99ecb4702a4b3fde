"""Whether a model can take the place of another one: their signatures under MLflow's own checks.

Compatible means that every input which the old model accepted is accepted, and that every output
which a reader used is still there. MLflow checks inputs and parameters when a model is called; it
never checks outputs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.content.signature_parser import SpoiltSignatureError, parse_columns, parse_params
from registrar.content.signature_types import TensorType, holds_lists
from registrar.policy.type_changes import compare_required, compare_types, say_added
from registrar.signature_comparison import SignatureChange, SignatureComparison
from registrar.text import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.content.signature_types import Field
    from registrar.policy.type_changes import Part, Path
    from registrar.signature_comparison import Side
    from registrar.version_evidence import Signature

__all__ = ["compare_signatures"]


def compare_signatures(old: Signature | None, new: Signature | None) -> SignatureComparison:
    """Return what `new` changes for the callers and readers of `old`, and whether they can go on.

    None stands for a model without a signature, and for one that nobody can read.
    """
    if old is None or new is None:
        sides: tuple[Side, ...] = ("before", "after")
        lacks = tuple(side for side, known in zip(sides, (old, new), strict=True) if known is None)
        return SignatureComparison("unknown", lacks=lacks)
    try:
        changes = tuple(_compare_parts(old, new))
    except SpoiltSignatureError:
        return SignatureComparison("unknown", lacks=("before", "after"))
    if any(change.breaks for change in changes):
        return SignatureComparison("breaking", changes)
    return SignatureComparison("compatible" if changes else "same", changes)


def _compare_parts(old: Signature, new: Signature) -> Iterator[SignatureChange]:
    yield from _compare_columns("inputs", _read(old.inputs), _read(new.inputs))
    yield from _compare_columns("outputs", _read(old.outputs), _read(new.outputs))
    yield from _compare_params(
        parse_params([*(old.params or ())]), parse_params([*(new.params or ())])
    )


def _read(part: Sequence[Mapping[str, Any]] | None) -> tuple[Field, ...] | None:
    return None if part is None else parse_columns([*part])


def _compare_columns(
    part: Part, old: tuple[Field, ...] | None, new: tuple[Field, ...] | None
) -> Iterator[SignatureChange]:
    """Yield the changes of the inputs or the outputs; None is a part that is not declared.

    A model that declares no inputs accepts everything; of outputs that are not declared, nobody can
    know whether they are still there.
    """
    if old is None or new is None:
        if old is not new:
            breaks = new is not None if part == "inputs" else new is None
            before, after = (_say_declared(fields) for fields in (old, new))
            yield SignatureChange((part,), "form", before, after, breaks)
        return
    before, after = _name_form(old), _name_form(new)
    if before != after:
        yield SignatureChange((part,), "form", before, after, breaks=True)
        return
    compare = _compare_unnamed if old[0].name is None else _compare_named
    changes = [*compare(part, old, new)]
    yield from changes
    is_broken = any(change.breaks for change in changes)
    if part == "inputs" and not is_broken and holds_lists(old) != holds_lists(new):
        # MLflow takes a dict for one row if a column is a list or an object, else for a table.
        sides = ("one row", "a table") if holds_lists(old) else ("a table", "one row")
        texts = [f"a dict is read as {side}" for side in sides]
        yield SignatureChange((part,), "form", texts[0], texts[1], breaks=True)


def _make_key(field: Field) -> tuple[bool, Any]:
    """Return what a name is compared by: 1 and "1" are two columns of a DataFrame."""
    return isinstance(field.name, str), field.name


def _say_declared(fields: tuple[Field, ...] | None) -> str:
    return "not declared" if fields is None else "declared"


def _name_form(fields: Sequence[Field]) -> str:
    noun = "tensors" if isinstance(fields[0].type, TensorType) else "columns"
    return f"{noun} without names" if fields[0].name is None else f"{noun} with names"


def _compare_named(
    part: Part, old: Sequence[Field], new: Sequence[Field]
) -> Iterator[SignatureChange]:
    """Yield the changes of what has names; their order says nothing."""
    before = {_make_key(field): field for field in old}
    after = {_make_key(field): field for field in new}
    for key, field in before.items():
        path = (part, str(field.name))
        if key not in after:
            # MLflow ignores columns that the model does not know.
            yield SignatureChange(path, "removed", str(field.type), None, part == "outputs")
            continue
        yield from compare_types(path, field.type, after[key].type, part)
        yield from compare_required(path, field, after[key], part)
    for key, field in after.items():
        if key not in before:
            breaks = part == "inputs" and field.required
            yield SignatureChange(
                (part, str(field.name)), "added", None, say_added(field, part), breaks
            )


def _compare_unnamed(
    part: Part, old: Sequence[Field], new: Sequence[Field]
) -> Iterator[SignatureChange]:
    """Yield the changes of what has no names: its place says what it is.

    MLflow ignores columns behind those that the model declares. A reader of outputs without names
    depends on their number: one column is often a list, and two make a table.
    """
    for index, (before, after) in enumerate(zip(old, new, strict=False)):
        is_alone = isinstance(before.type, TensorType)
        path: Path = (part,) if is_alone else (part, index)
        yield from compare_types(path, before.type, after.type, part)
    for index, field in enumerate(old[len(new) :], len(new)):
        yield SignatureChange((part, index), "removed", str(field.type), None, part == "outputs")
    for index, field in enumerate(new[len(old) :], len(old)):
        yield SignatureChange((part, index), "added", None, str(field.type), breaks=True)


def _compare_params(old: Sequence[Field], new: Sequence[Field]) -> Iterator[SignatureChange]:
    """Yield the changes of the parameters. Each has a default; MLflow ignores an unknown one."""
    before = {field.name: field for field in old}
    after = {field.name: field for field in new}
    for name, field in before.items():
        path = ("params", str(name))
        if name not in after:
            yield SignatureChange(path, "removed", str(field.type), None, breaks=False)
            continue
        yield from compare_types(path, field.type, after[name].type, "params")
        texts = [canonical_json(value) for value in (field.default, after[name].default)]
        if texts[0] != texts[1]:
            yield SignatureChange(path, "default", texts[0], texts[1], breaks=False)
    for name, field in after.items():
        if name not in before:
            yield SignatureChange(
                ("params", str(name)), "added", None, str(field.type), breaks=False
            )
