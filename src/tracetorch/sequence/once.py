"""Functions that may fail for reasons outside the library run once; their end is remembered."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class NoKernel(Exception):
    """The reason why there is no kernel."""


class Once(Generic[P, T]):
    """A function that runs once for the same arguments, and then returns or raises as it did.

    Other threads wait meanwhile. Every exception becomes a `NoKernel`, the only one that callers
    need to expect.
    """

    def __init__(self, function: Callable[P, T]) -> None:
        self._function = function
        self.ends: dict[object, T | NoKernel] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        given = (args, *kwargs.items())
        if given not in self.ends:
            with _lock:
                if given not in self.ends:
                    self.ends[given] = self._try(*args, **kwargs)
        end = self.ends[given]
        if isinstance(end, NoKernel):
            raise NoKernel(str(end))  # a new one, since each raise adds to a traceback
        return end

    def _try(self, *args: P.args, **kwargs: P.kwargs) -> T | NoKernel:
        try:
            return self._function(*args, **kwargs)
        except NoKernel as error:
            return NoKernel(str(error))
        except Exception as error:
            return NoKernel(one_line(f"{type(error).__name__}: {error}"))


def one_line(text: str) -> str:
    """A text for a message: one line, short, and of characters that can be printed."""
    line = "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
    return line if len(line) <= 300 else f"{line[:300]}..."


_lock = threading.RLock()


def _renew_lock() -> None:
    """A thread of the parent process may have held the lock, and is not part of the child."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)
