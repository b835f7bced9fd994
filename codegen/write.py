"""Compares generated files with those on disk, then formats and writes what differs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path, PurePosixPath

import black

from .classes.docstrings import WIDTH
from .provenance import Provenance, above, is_same, origin, provenance


@dataclass(frozen=True)
class Plan:
    """The changes that make a folder agree with the spec.

    Attributes:
        folder: The folder of the library.
        changed: The new text of files that differ on disk, formatted, with the comments above
            their header.
        missing: The text of files that are not on disk, formatted.
        left_over: Generated files that the spec no longer contains.
        refused: Files that must not be overwritten, and why.
    """

    folder: Path
    changed: Mapping[Path, str]
    missing: Mapping[Path, str]
    left_over: tuple[Path, ...]
    refused: Mapping[Path, Provenance]

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.changed or self.missing or self.left_over)


def plan(
    files: Mapping[PurePosixPath, str],
    folder: Path,
    beside: Iterable[str],
    specs: str | tuple[str, ...] = ("spec/", "codegen/language/"),
) -> Plan:
    """Compare rendered files with those on disk.

    Args:
        files: The rendered files, by their path in the folder.
        folder: The folder of the files.
        beside: Patterns of paths at which to look for left-over files.
        specs: The prefixes of the origins of files that belong to this generator.
    """
    wanted = {folder / path: text for path, text in files.items()}
    paths = (*wanted, *(path for pattern in beside for path in sorted(folder.glob(pattern))))
    found = {path: _read(path) for path in paths if path.is_file()}
    changed = {
        path: above(found[path]) + _formatted(path, text)
        for path, text in wanted.items()
        if path in found and not is_same(found[path], text)
    }
    left_over = tuple(
        path
        for path, text in found.items()
        if path not in wanted and origin(text).startswith(specs)
    )
    owners = {
        path: (
            provenance(found[path], wanted.get(path, ""))
            if origin(found[path]).startswith(specs)
            else Provenance.FOREIGN
        )
        for path in (*changed, *left_over)
    }
    missing = {path: _formatted(path, text) for path, text in wanted.items() if path not in found}
    refused = {path: owner for path, owner in owners.items() if owner is not Provenance.GENERATED}
    return Plan(folder, changed, missing, left_over, refused)


def apply(plan: Plan) -> None:
    """Write all files under temporary names, then move them into place; remove left-over files."""
    written: dict[Path, Path] = {}
    try:
        for path, text in {**plan.changed, **plan.missing}.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            written[path] = path.with_name(f".{path.name}.new")
            written[path].write_bytes(text.encode())
        for path, temporary in written.items():
            os.replace(temporary, path)
    finally:
        for temporary in written.values():
            temporary.unlink(missing_ok=True)
    for path in plan.left_over:
        path.unlink()


def diff(plan: Plan) -> Iterator[str]:
    """Yield the changes of `apply` as lines of a unified diff."""
    after = {**plan.changed, **plan.missing, **dict.fromkeys(plan.left_over, "")}
    for path, text in after.items():
        before = "" if path in plan.missing else _read(path)
        name = path.relative_to(plan.folder).as_posix()
        lines = before.splitlines(), text.splitlines()
        yield from unified_diff(*lines, f"{name} (on disk)", f"{name} (spec)", lineterm="")


def _formatted(path: Path, text: str) -> str:
    return black.format_str(text, mode=_STYLE) if path.suffix == ".py" else text


_STYLE = black.Mode(line_length=WIDTH, target_versions={black.mode.TargetVersion.PY310})


def _read(path: Path) -> str:
    # Git may have changed the line ends. A file that is not generated may not be text.
    return path.read_bytes().decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
