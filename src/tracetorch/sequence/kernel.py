"""The kernel of a layer, and its description, read from a file in the `kernels` folder."""

from __future__ import annotations

import functools
import inspect
import json
import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..functional import spikes
from ..functional.quantizers import BUILT_IN
from .once import NoKernel

NUMBERS: Mapping[str, Mapping[str, float]] = {
    name: {
        number.name: number.default
        for number in inspect.signature(getattr(spikes, name)).parameters.values()
        if number.name != "x"
    }
    for name in spikes.__all__
}
"""The numbers that each spike function takes, with their defaults."""

_COUNTS = {quantizer.name: len(quantizer.number_names) for quantizer in BUILT_IN} | {
    name: len(numbers) for name, numbers in NUMBERS.items()
}


@dataclass(frozen=True)
class Kernel:
    """The kernel of a layer, with the functions that the layer uses.

    The operators take it as text.

    Attributes:
        module: The module of the layer.
        digest: The digest of the timestep in the class of the layer.
        functions: Pairs of an attribute of the layer and the name of the function in it.
    """

    module: str
    digest: str
    functions: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        chosen = (f"{name}={function}" for name, function in self.functions)
        return " ".join([f"{self.module}:{self.digest}", *chosen])

    @classmethod
    def parse(cls, text: str) -> Kernel:
        """Return the kernel that `str` converted to this text."""
        first, *chosen = text.split()
        module, _, digest = first.partition(":")
        pairs = (word.partition("=") for word in chosen)
        return cls(module, digest, tuple((name, function) for name, _, function in pairs))

    @property
    def facts(self) -> Facts:
        """The description of the kernel."""
        return facts(self.module, self.digest)

    @property
    def choice(self) -> str:
        """The module and the functions, for `Plan`."""
        return " ".join([self.module, *(f"{name}={chosen}" for name, chosen in self.functions)])

    @property
    def numbers(self) -> tuple[int, ...]:
        """The count of numbers that each of the functions takes."""
        return tuple(_COUNTS.get(function, 0) for _, function in self.functions)


@dataclass(frozen=True)
class Facts:
    """The description of a kernel and of the class that it was generated with.

    Attributes:
        path: The file of the description.
        parameters: The parameters of the class, in the order of the kernel's arguments.
        states: The states of the class, likewise.
        functions: The functions of the class, and their names in the kernel.
        calls: The function of each call in a timestep that may draw random numbers, in order.
        shared: The functions that are called with parameters alone, once for the whole batch.
        step: The code of the `step` method.
    """

    path: Path
    digest: str
    parameters: tuple[str, ...]
    states: tuple[str, ...]
    functions: Mapping[str, str]
    calls: tuple[str, ...]
    shared: tuple[str, ...]
    step: types.CodeType

    def file(self, language: str) -> Path:
        """Return the path of the kernel in a language: `c` or `triton`."""
        return self.path.parent / language / f"{self.path.stem}{_ENDINGS[language]}"

    def text(self, language: str) -> str:
        """Return the source of the kernel in a language.

        Raises:
            NoKernel: There is none, or it was generated from another timestep.
        """
        path = self.file(language)
        text = _read(path)
        if f"Digest of the timestep: {self.digest}" not in text:
            raise NoKernel(f"{path} was generated from {_ANOTHER}")
        return text


_ENDINGS = {"c": ".c", "triton": ".py"}


def facts(module: str, digest: str) -> Facts:
    """Return the description of a kernel, from the folder beside the module; errors are not cached.

    Raises:
        NoKernel: There is no kernel, or it was generated from another timestep than the class.
    """
    return _facts(getattr(sys.modules.get(module), "__file__", None) or "-", digest)


@functools.lru_cache(maxsize=1024)
def _facts(file: str, digest: str) -> Facts:
    path = Path(file).with_name("kernels") / f"{Path(file).stem}.jsonc"
    if not path.is_file():
        raise NoKernel("it was not generated from a spec")
    lines = _read(path).splitlines()
    try:
        found = json.loads("\n".join(line for line in lines if not line.startswith("//")))
        if "why_not" in found:
            raise NoKernel(found["why_not"])
        if found["digest"] != digest:
            raise NoKernel(f"its kernel, {path}, was generated from {_ANOTHER}")
        return Facts(
            path=path,
            digest=digest,
            parameters=tuple(found["parameters"]),
            states=tuple(found["states"]),
            functions=found["functions"],
            calls=tuple(found["calls"]),
            shared=tuple(found["shared"]),
            step=_code("\n".join(found["step"]), "step"),
        )
    except (LookupError, SyntaxError, TypeError, ValueError) as error:
        raise NoKernel(f"{path} cannot be read: {error!r}; generate it again") from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        message = getattr(error, "strerror", None) or error
        raise NoKernel(f"{path} cannot be read: {message}; generate it again") from error


_ANOTHER = "another timestep than its class: generate both, then import the class anew"


_ABOVE = "from __future__ import annotations\nimport math, torch\nfrom torch import nn"
"""The imports before a step, since Python compiles a call of an imported module differently."""


def _code(source: str, name: str) -> types.CodeType:
    """Compile the source of a function and return its code."""
    compiled = compile(f"{_ABOVE}\n{source}", name, "exec")
    codes = (part for part in compiled.co_consts if isinstance(part, types.CodeType))
    return next(code for code in codes if code.co_name == name)


def is_same(one: types.CodeType, other: types.CodeType) -> bool:
    """Whether the code of two functions is equal, apart from docstrings."""

    def parts(code: types.CodeType) -> tuple[object, ...]:
        constants = [repr(c) for c in code.co_consts if not isinstance(c, str)]
        return code.co_code, code.co_names, code.co_varnames, code.co_freevars, constants

    return parts(one) == parts(other)
