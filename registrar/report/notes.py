"""The texts of notes, and the lines that the command line prints for them."""

from __future__ import annotations

from dataclasses import replace
from string import Formatter
from typing import TYPE_CHECKING

from registrar.report.results import Dump
from registrar.secrets import mask_values
from registrar.text import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.report.report import Report
    from registrar.state import Note, NoteKind

__all__ = ["can_tell", "list_notes_for_readers", "note_lines", "note_text"]

# Told to whoever gives the command, and not to those who read its page: files of that machine.
FOR_THE_CALLER: frozenset[NoteKind] = frozenset({"plan-written"})
MAX_NAMED_MODELS = 3  # of more models than these, equal notes are printed once

TEXTS: dict[NoteKind, str] = {
    "alias-moves-later": (
        "is the version that the alias pointed to before this run moves it; run it again to follow"
    ),
    "alias-stays": "stays on version {version}: a script has moved it since a configuration set it",
    "already-made": "{count} of the approved changes had been made before",
    "base-unread": "has a model that cannot be composed, so no gate was compared with it: {reason}",
    "declared-elsewhere": "is declared in {file} already; it was left alone",
    "deleted-model-file": (
        "is deleted; what it declared stays in the registry until 'registrar delete' deletes it"
    ),
    "duplicate-stays": (
        "is a duplicate of {original} and could not be deleted ({reason}); "
        "somebody with the permission has to delete it"
    ),
    "event-spoilt": (
        "has records of moves that somebody has changed; the history leaves them out: {keys}"
    ),
    "events-gone": "has a gap in its history now; recorded moves of aliases that went with it: {count}",
    "field-left-out": "is left out: {reason}",
    "files-stay": (
        "the uploaded files stay in the artifact store: {uploads}; delete these logged models or runs, "
        "and 'mlflow gc' on the server frees the space"
    ),
    "files-absent": "is missing or incomplete on this machine; the version with its digest is used",
    "laxer-gate": "{how} in this checkout, but {there} in {checkout}",
    "laxer-limit": "is {here} in this checkout, but {there} in {checkout}; {there} holds",
    "gate-unused": "judges nothing: no version of this configuration has the alias",
    "laxer-rule": "{how} in this checkout; that of {checkout} holds",
    "leftover-upload": "left an upload that no version needs and that could not be deleted: {reason}",
    "linked-path": (
        "may be refused: MLflow servers refuse a path below {links} where these are links on the "
        "server's system; choose another first folder"
    ),
    "metrics-left-out": (
        "is copied without its metrics ({count} values): "
        "they do not fit into a tag of this server, where they may have {limit} characters"
    ),
    "missing-right": (
        "cannot apply this: the server gives the permission {has}, and the plan needs {needs}"
    ),
    "model-left-out": "cannot be declared in a file: its {field} {reason}",
    "local-database": (
        "is a database on this machine: no server was named; "
        "set MLFLOW_TRACKING_URI, or say server=local"
    ),
    "no-changed-models": "no model has changed since {since}",
    "not-verified": "was not checked (verify: false)",
    "old-server": "runs MLflow {version}, which has known flaws; upgrade to {advised}",
    "outside-plan": "models of the configuration that the plan file does not have: {count}; they were ignored",
    "pin-creates": "is pinned to version {pin}; a new version is created",
    "pin-differs": "is pinned to version {pin}; here it is version {version}",
    "plan-written": "holds this plan; 'registrar apply plan=FILE' performs it",
    "protection-kept": "is left out: the server still protects {aliases}",
    "restricted-scheme": (
        "may be refused: MLflow servers take no {scheme}:// sources unless they store their own "
        "artifacts there, or {setting} lists {scheme} on the server"
    ),
    "rule-broken": "{how} ({kind})",
    "run-files-left-out": (
        "is the logged model {model}, without these files that the run has at that path: {files}"
    ),
    "run-unreadable": "cannot be read ({reason}); the version has no link to it",
    "source-gone": "is gone ({reason}); the version that was made from it stays",
    "source-unreadable": "cannot be read ({reason}); the version that was made from it stays",
    "state-unknown": "the pages do not say whether models are as declared, because plan fails: {reason}",
    "tags-kept": "is left out: tags set earlier stay; write {{}} to remove them",
    "undeclared-models": (
        "no file declares these models of {owner} any more: {names}; "
        "list and delete them with: registrar delete undeclared=true owner={owner}"
    ),
    "unknown-server-version": "does not tell its MLflow version",
    "unreachable-name": (
        "has a '{character}' in its name, where MLflow cuts models:/ URIs; rename the model with "
        "MlflowClient().rename_registered_model"
    ),
    "untouched-and-broken": (
        "cannot be composed, and was left out: this branch touches nothing that it is made of"
    ),
    "version-left-out": "is left out: its source cannot be declared",
    "version-not-ready": "is left out: its status is {status}",
}


def can_tell(note: Note) -> bool:
    """Return whether a note that comes from a file has a text, and the words for it."""
    text = TEXTS.get(note.kind)
    if text is None:
        return False
    fields = {field for _, field, _, _ in Formatter().parse(text) if field}
    return fields <= note.values.keys()


def note_text(note: Note) -> str:
    """Return the text of a note, without a period."""
    text = _text_without_subject(note)
    return mask_values(f"{note.subject} {text}" if note.subject else text)


def note_lines(report: Report) -> Iterator[str]:
    """Yield all notes of a report. Equal notes on many models are one line."""
    yield from map(note_text, report.notes)
    groups: dict[tuple[str, str], list[tuple[str, Note]]] = {}
    for name, note in _model_notes(report):
        key = (note.kind, canonical_json(note.values))
        groups.setdefault(key, []).append((name, note))
    for group in groups.values():
        if len(group) > MAX_NAMED_MODELS:
            names = ", ".join(name for name, _ in group[:MAX_NAMED_MODELS])
            text = _text_without_subject(group[0][1])
            yield mask_values(f"{names} and {len(group) - MAX_NAMED_MODELS} more: {text}")
        else:
            yield from (f"{name}: {note_text(note)}" for name, note in group)


def list_notes_for_readers(report: Report) -> Iterator[str]:
    """Yield the notes for those who read the report of a command that another one has given."""
    kept = tuple(note for note in report.notes if note.kind not in FOR_THE_CALLER)
    yield from note_lines(replace(report, notes=kept))


def _model_notes(report: Report) -> Iterator[tuple[str, Note]]:
    """Yield each note on a model with the name of the model."""
    if isinstance(report.payload, Dump):
        for dumped in report.payload.models:
            yield from ((dumped.model.name, note) for note in dumped.notes)
    for model in report.models:
        yield from ((model.name, note) for note in model.notes)
    for outcome in report.outcomes or ():
        yield from ((outcome.plan.name, note) for note in outcome.notes)


def _text_without_subject(note: Note) -> str:
    return TEXTS[note.kind].format(**note.values)
