"""Fixtures and profiles that all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import hypothesis
import pytest
import torch

pytest.register_assert_rewrite("tests.support")

hypothesis.settings.register_profile("default", deadline=None, max_examples=100)
hypothesis.settings.register_profile(
    "mutants",
    deadline=None,
    max_examples=100,
    derandomize=True,
    database=None,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],  # none need be the smallest
)
hypothesis.settings.register_profile("long", deadline=None, max_examples=20_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# Tensors as small as these gain nothing from more threads, and lose much where cores are shared.
torch.set_num_threads(1)


@pytest.fixture(scope="module")
def unformatted() -> Iterator[None]:
    """Write generated files as they are rendered, since black takes longer than all the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("codegen.write._formatted", lambda path, text: text)
        yield


@pytest.fixture
def float64() -> Iterator[None]:
    """Make float64 the type of new parameters and tensors."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)
