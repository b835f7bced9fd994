"""Plan the generated files against what is on disk, then apply the plan, wholly or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path, PurePosixPath

from .provenance import Provenance, above, is_same, origin, provenance


@dataclass(frozen=True)
class Plan:
    """What would make a folder agree with the spec.

    Attributes:
        folder: The folder of the library.
        changed: The new text of files that say something else on disk, below the comments that
            somebody put above their header.
        missing: The text of files that are not on disk.
        left_over: Generated files that the spec no longer asks for.
        refused: Files in the way that are not the generator's to change, and why.
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
    beside: Iterable[str] = ("*/*.py", "*/kernels/**/*", "sequence/*/*"),
    specs: str | tuple[str, ...] = ("spec/", "codegen/language/"),
) -> Plan:
    """Compare rendered files with those on disk.

    Args:
        files: The files that there should be, by their path below the folder.
        folder: Where they belong.
        beside: Where other files of the same specs would be left over, as patterns.
        specs: How the names of the sources begin that the files are generated from.
    """
    wanted = {folder / path: text for path, text in files.items()}
    paths = (*wanted, *(path for pattern in beside for path in sorted(folder.glob(pattern))))
    found = {path: _read(path) for path in paths if path.is_file()}
    changed = {
        path: above(found[path]) + text
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
    missing = {path: text for path, text in wanted.items() if path not in found}
    refused = {path: owner for path, owner in owners.items() if owner is not Provenance.GENERATED}
    return Plan(folder, changed, missing, left_over, refused)


def apply(plan: Plan) -> None:
    """Write every file beside its place, then move all into place and remove what is left over."""
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
    """What `apply` would change, as the lines of a unified diff."""
    after = {**plan.changed, **plan.missing, **dict.fromkeys(plan.left_over, "")}
    for path, text in after.items():
        before = "" if path in plan.missing else _read(path)
        name = path.relative_to(plan.folder).as_posix()
        lines = before.splitlines(), text.splitlines()
        yield from unified_diff(*lines, f"{name} (on disk)", f"{name} (spec)", lineterm="")


def _read(path: Path) -> str:
    # Git may have checked the file out with the line ends of another system. Somebody's file may
    # be no text at all.
    return path.read_bytes().decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
