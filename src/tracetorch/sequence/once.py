"""Caching of functions that may fail for reasons outside the library: results and errors."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class NoKernel(Exception):
    """There is no kernel; the message is the reason."""


class Once(Generic[P, T]):
    """A function that runs once for the same arguments; its result or error is cached.

    Other threads wait meanwhile. All exceptions are converted to `NoKernel`.
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


def reason(function: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> str:
    """Return why a function raises `NoKernel`; empty if it does not."""
    try:
        function(*args, **kwargs)
    except NoKernel as error:
        return str(error)
    return ""


def one_line(text: str) -> str:
    """Return a text for a message: one short line of printable characters."""
    line = "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
    return line if len(line) <= 300 else f"{line[:300]}..."


_lock = threading.RLock()


def _renew_lock() -> None:
    """Replace the lock in a forked child: a thread of the parent may have held it."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)
