"""The checkpoint on the page "From tracetorch 0.19" is a recorded one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import torch

from tests.support.equal import identical

ROOT = Path(__file__).parents[2]


def test_the_page_shows_recorded_numbers() -> None:
    page = (ROOT / "docs" / "migrating" / "tracetorch_0_19.md").read_text(encoding="utf-8")
    shown: dict[str, object] = {}
    exec(page.partition("```python\n")[2].partition("```\n")[0], shown)
    recorded = json.loads((ROOT / "tests" / "reference" / "snn.RLIT.json").read_text())
    checkpoint = {
        name: [round(v, 4) for v in values] for name, values in recorded["state_dict"].items()
    }
    assert shown["checkpoint"] == checkpoint
    sample = torch.tensor(recorded["x"])[:, 0]
    torch.testing.assert_close(shown["xs"], sample, rtol=0, atol=1e-4)
    assert identical(shown["recorded"], torch.tensor(recorded["y"])[:, 0])


def test_the_page_names_each_recorded_layer() -> None:
    page = (ROOT / "docs" / "migrating" / "tracetorch_0_19.md").read_text(encoding="utf-8")
    recorded = {
        path.stem.partition(".")[2] for path in (ROOT / "tests" / "reference").glob("*.json")
    }
    assert recorded <= set(re.findall(r"`(\w+)`", page))
