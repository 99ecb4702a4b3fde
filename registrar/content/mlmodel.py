"""What the MLmodel at a location says, and the source of a model registered by reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from registrar.content.directory import parse_mlmodel
from registrar.content.named_files import list_named_files
from registrar.content.signature import find_signature
from registrar.references import digest_of_place, possible_digests, possible_uris
from registrar.state import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.state import Note
    from registrar.uris import Uri

__all__ = ["NO_LOOK", "Look", "refer_to"]


@dataclass(frozen=True, slots=True)
class Look:
    """What the MLmodel at a location says: its `model_uuid`, its signature, which files it names."""

    uuid: str | None = None
    signature: Mapping[str, str] | None = None
    location: str | None = None
    named: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, content: bytes, location: str) -> Look:
        """Return what the MLmodel of this content says. Raises ConfigError."""
        mlmodel = parse_mlmodel(content, location)
        uuid = mlmodel.get("model_uuid")
        return cls(
            str(uuid) if uuid else None,
            find_signature(mlmodel),
            location,
            list_named_files(mlmodel),
        )


NO_LOOK = Look()


def refer_to(
    uri: Uri,
    stored: str,
    location: str | None = None,
    *,
    look: Look = NO_LOOK,
    run_id: str | None = None,
    model_id: str | None = None,
    model_name: str | None = None,
    verified: bool = True,
    note: Note | None = None,
) -> Source:
    """Return the source of a model that is registered by reference.

    `stored` is what the registry will hold, `location` where the files are, if that is another text.
    """
    place = stored if location is None or model_id is not None else location
    others = possible_uris(stored, run_id, location=location, model_name=model_name)
    places = tuple(dict.fromkeys((*((location,) if location else ()), *others)))
    digests = possible_digests(
        (uri.text, stored, *places), run_id=run_id, model_id=model_id, uuid=look.uuid
    )
    return Source(
        uri.text,
        digest_of_place(place, run_id=run_id, uuid=look.uuid),
        stored,
        run_id,
        model_id,
        verified=verified,
        note=note,
        location=look.location,
        named=look.named,
        places=places,
        other_digests=digests,
        signature=look.signature,
    )
