"""The site builds without a warning, works offline, and says nothing of how it is made inside."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sphinx.search.en import SearchEnglish

from tests.support import zoo

DOCS = Path(__file__).parents[2] / "docs"


def build(out: Path) -> dict[str, str]:
    """The pages of the site, by their path in it."""
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]
    run = subprocess.run([*command, DOCS, out], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return {
        path.relative_to(out).as_posix(): path.read_text(encoding="utf-8")
        for path in out.rglob("*.html")
    }


def test_the_site(tmp_path: Path) -> None:
    """All in one, since it takes half a minute to build."""
    texts = build(tmp_path)
    for name in (*zoo.NAMES, *zoo.OTHERS):
        page = texts[f"layers/{name.lower()}.html"]
        assert f"class {name}" in re.sub(r"<[^>]*>", "", page)
        for stimulus in ("impulses", "steps", "noise"):
            picture = DOCS / "layers" / f"{name.lower()}_{stimulus}.svg"
            assert picture.read_text(encoding="utf-8").startswith("<?xml")
            assert picture.stat().st_size < 100_000
    for name in ("zoo-alib", "zoo-snntorch-leaky"):
        picture = DOCS / "zoo" / f"{name}.svg"
        root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
        lines = [line.get("points", "") for line in root.findall(".//{*}polyline")]
        labels = [text.text for text in root.findall(".//{*}text")]
        assert len(lines) >= 3 and all(len(line.split()) == 60 for line in lines)
        assert {"input", "mem", "output"} <= {*labels}
    for path, text in texts.items():
        loaded = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(https?:[^"]*)"', text)
        assert not loaded, f"{path} loads {loaded}"
        assert 'name="viewport"' in text, path
        prose = re.sub(r'<div class="highlight.*?</div>|<[^>]*>', "", text, flags=re.DOTALL)
        internal = re.findall(r"tracetorch\.core\S*|\b0x[0-9a-f]{6,}|\b_[a-z]+_[a-z_]+", prose)
        assert set(internal) <= PROTOCOL, f"{path} prints {set(internal) - PROTOCOL}"
    check_search((tmp_path / "searchindex.js").read_text(encoding="utf-8"))


def check_search(script: str) -> None:
    """A word leads to the pages that say it, and to those that say it in a heading."""
    call = re.fullmatch(r"Search\.setIndex\((.*)\)", script, re.DOTALL)
    assert call, "no script, so that it would not load from a file"
    index = json.loads(call[1])
    for name in (*zoo.NAMES, *zoo.OTHERS):
        assert f"layers/{name.lower()}" in found(index, "titleterms", name)
        (title,) = index["alltitles"][name]
        assert index["docnames"][title[0]] == f"layers/{name.lower()}"
    assert {"glossary", "guides/learning"} <= found(index, "terms", "half")
    assert {"guides/parameters"} <= found(index, "titleterms", "half")
    assert {"glossary", "layers/slib"} <= found(index, "terms", "surrogate")
    assert {"guides/firing"} <= found(index, "titleterms", "surrogate")
    assert "layers/gru" not in found(index, "terms", "surrogate")
    for name, page in FIRST.items():
        places = index["indexentries"][name.lower()]
        assert [(index["docnames"][place], is_main) for place, _, is_main in places] == [
            (page, True)
        ]


def found(index: dict[str, Any], where: str, word: str) -> set[str]:
    """The pages to which a word leads, looked up as the search of the site does."""
    pages = index[where].get(SearchEnglish({}).stem(word.lower()), [])
    return {index["docnames"][page] for page in (pages if isinstance(pages, list) else [pages])}


FIRST = {
    "LIF": "layers/lib",
    "CUBA LIF": "layers/slib",
    "EMA": "layers/liema",
    "ALIF": "zoo/adaptive",
    "PLIF": "zoo/charging",
    "RSNN": "zoo/adaptive",
    "hard reset": "zoo/resets",
    "resonate-and-fire": "zoo/izhikevich",
    "LIFNode": "zoo/spikingjelly",
}
"""The page that the search lists first for a name: main entries of the index come before titles."""


PROTOCOL = {
    "_initialize_state",
    "_ensure_states",
    "_to_working_dim",
    "_from_working_dim",
    "_register_parameter",
    "_register_decay",
    "_register_threshold",
    "_register_bias",
}
"""What a layer by hand is written with."""
