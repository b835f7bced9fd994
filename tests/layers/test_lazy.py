"""Packages whose contents are imported when they are first used."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracetorch.core.lazy import lazy


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    folder = tmp_path / "some_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "one.py").write_text("class First: pass\nclass Second: pass\n")
    (folder / "other.py").write_text("number = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    __import__("some_package")
    yield "some_package"
    for name in [name for name in sys.modules if name.startswith("some_package")]:
        del sys.modules[name]


def test_what_is_used_is_imported_once(package: str) -> None:
    get = lazy(package, ["other"], {"one": ["First", "Second"]})
    assert {*sys.modules} & {f"{package}.one", f"{package}.other"} == set()
    assert get("other").number == 3 and f"{package}.one" not in sys.modules
    first = get("First")
    assert first is sys.modules[f"{package}.one"].First is vars(sys.modules[package])["First"]
    assert "Second" not in vars(sys.modules[package])
    for unknown in ("Third", "one"):
        with pytest.raises(AttributeError) as error:
            get(unknown)
        assert str(error.value) == f"module 'some_package' has no attribute {unknown!r}"
