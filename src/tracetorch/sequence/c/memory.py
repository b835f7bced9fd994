"""The memory that a sequence frees, for the next one."""

from __future__ import annotations

import functools
from contextlib import suppress

_LARGEST = 2**25 - 2**16


@functools.cache
def keep_freed() -> None:
    """Make glibc keep up to 64 MB of freed memory in this process.

    It returns to the system what is free beyond twice the largest block that was freed so far, of
    32 MB at most. The tensors of a sequence are many and smaller: all their pages would be returned
    after each backward pass, and new ones, filled with zeros, would be requested by the next one.
    """
    with suppress(MemoryError):
        bytes(_LARGEST)  # freed at once; its pages are never requested
