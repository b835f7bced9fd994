"""The first two lines of a generated file: what it was made from, and proof that it still is."""

from __future__ import annotations

import hashlib
import re
from enum import Enum

_HEADER = re.compile(
    r'(?:#|//) Generated from (\S+) by "make generate"\. Edit the spec, not this file\.\n'
    r"(?:#|//) Checksum of what follows: ([0-9a-f]{16})\n"
)


class Provenance(Enum):
    """Whose a file is."""

    GENERATED = "generated"
    EDITED = "generated, then edited by hand"
    FOREIGN = "not generated from this"


def stamp(origin: str, source: str, comment: str = "#") -> str:
    """The source under its header, each line of which begins with the sign of a comment."""
    return (
        f'{comment} Generated from {origin} by "make generate". Edit the spec, not this file.\n'
        f"{comment} Checksum of what follows: {_checksum(source)}\n{source}"
    )


def origin(text: str) -> str:
    """The spec that a file was generated from, or ""."""
    header = _HEADER.match(text)
    return header[1] if header else ""


def provenance(text: str) -> Provenance:
    """Whose the text of a file is."""
    header = _HEADER.match(text)
    if not header:
        return Provenance.FOREIGN
    intact = _checksum(text[header.end() :]) == header[2]
    return Provenance.GENERATED if intact else Provenance.EDITED


def _checksum(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:16]
