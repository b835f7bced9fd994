"""The kernel of a layer, and its description, read from a file in the `kernels` folder."""

from __future__ import annotations

import dis
import functools
import json
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ..functional import spikes
from ..functional.quantizers import BUILT_IN
from .once import NoKernel


def defaults(function: types.FunctionType) -> tuple[tuple[str, float], ...]:
    """Return the numbers that a spike function takes, with their defaults."""
    _, *names = function.__code__.co_varnames[: function.__code__.co_argcount]
    return tuple(zip(names, function.__defaults__ or ()))


_COUNTS = {quantizer.name: len(quantizer.number_names) for quantizer in BUILT_IN} | {
    name: len(defaults(getattr(spikes, name))) for name in spikes.__all__
}


@dataclass(frozen=True)
class Firing:
    """A spike function or a quantizer of a layer.

    Attributes:
        module: The module of a function that a file of the user's own declares; "" for one of
            `tt.functional`.
        digest: The digest of the functions of that module, or "".
    """

    name: str
    module: str = ""
    digest: str = ""

    def __str__(self) -> str:
        return ":".join(filter(None, [self.module, self.digest, self.name]))

    @classmethod
    def parse(cls, text: str) -> Firing:
        """Return the function that `str` converted to this text."""
        *where, name = text.split(":")
        return cls(name, *where)

    @property
    def declared(self) -> Declared | None:
        """The description of the functions of its module; None for one of `tt.functional`."""
        return declared(self.module, self.digest) if self.module else None

    @property
    def in_kernels(self) -> str:
        """Its name in kernels."""
        return f"own_{self.name}" if self.module else self.name

    @property
    def count(self) -> int:
        """The count of numbers that it takes."""
        own = self.declared
        return own.functions[self.name].co_argcount - 1 if own else _COUNTS.get(self.name, 0)


@dataclass(frozen=True)
class Kernel:
    """The kernel of a layer, with the functions that the layer uses.

    The operators take it as text.

    Attributes:
        module: The module of the layer.
        digest: The digest of the timestep in the class of the layer.
        functions: Pairs of an attribute of the layer and the function in it.
    """

    module: str
    digest: str
    functions: tuple[tuple[str, Firing], ...] = ()

    def __str__(self) -> str:
        chosen = (f"{name}={function}" for name, function in self.functions)
        return " ".join([f"{self.module}:{self.digest}", *chosen])

    @classmethod
    @functools.cache
    def parse(cls, text: str) -> Kernel:
        """Return the kernel that `str` converted to this text."""
        first, *chosen = text.split()
        module, _, digest = first.partition(":")
        pairs = (word.partition("=") for word in chosen)
        functions = tuple((name, Firing.parse(function)) for name, _, function in pairs)
        return cls(module, digest, functions)

    @property
    def facts(self) -> Facts:
        """The description of the kernel."""
        return facts(self.module, self.digest)

    @property
    def choice(self) -> str:
        """The module and the functions, for `Plan`."""
        words = (
            f"{name}={'.'.join(filter(None, [chosen.module, chosen.name]))}"
            for name, chosen in self.functions
        )
        return " ".join([self.module, *words])

    @property
    def numbers(self) -> tuple[int, ...]:
        """The count of numbers that each of the functions takes."""
        return tuple(function.count for _, function in self.functions)


@dataclass(frozen=True)
class _Described:
    """The description of what was generated for kernels together with a module.

    Attributes:
        path: The file of the description.
    """

    path: Path
    digest: str

    def file(self, language: str) -> Path:
        """Return the path of the source in a language: `c` or `triton`."""
        return self.path.parent / language / f"{self.path.stem}{_ENDINGS[language]}"

    def text(self, language: str) -> str:
        """Return the source in a language.

        Raises:
            NoKernel: There is none, or it was generated from another spec.
        """
        path = self.file(language)
        text = _read(path)
        if not re.search(f"Digest of the \\w+: {self.digest}\\b", text):
            raise NoKernel(f"{path} was generated from {_ANOTHER}")
        return text


@dataclass(frozen=True)
class Declared(_Described):
    """The description of the spike functions that a file of the user's own declares.

    Attributes:
        functions: The code of each function, by name.
    """

    functions: Mapping[str, types.CodeType]


@dataclass(frozen=True)
class Recurrence:
    """What the kernel of a recurrence takes, beside the description of each kernel.

    Attributes:
        counts: The number of its streams, parameters and so on, as C constants.
        states: The states that it updates.
        lanes: For each stream, parameter, state and output, which of its dimensions are the
            neurons, counted from the end; `None` if none is.
        addends: For each product, the stream that is added to it, whose gradient is that of the
            result; `None` if none is.
    """

    counts: Mapping[str, int]
    states: tuple[str, ...]
    lanes: Mapping[str, list[int | None]]
    addends: tuple[int | None, ...]


@dataclass(frozen=True)
class Facts(_Described):
    """The description of a kernel and of the class that it was generated with.

    Attributes:
        parameters: The parameters of the class, in the order of the kernel's arguments.
        states: The states of the class, likewise.
        functions: The functions of the class, and their names in the kernel.
        calls: The function of each call in a timestep that may draw random numbers, in order.
        sizes: The sizes of the class that an elementwise timestep reads.
        shared: The functions that are called with parameters alone, once for the whole batch.
        step: The code of the `step` method.
        modules: The classes of its modules, in `torch.nn`, where that is not `Linear`.
        recurrence: What the kernel takes, unless the timestep is elementwise.
    """

    parameters: tuple[str, ...]
    states: tuple[str, ...]
    functions: Mapping[str, str]
    calls: tuple[str, ...]
    sizes: tuple[str, ...]
    shared: tuple[str, ...]
    step: types.CodeType
    modules: Mapping[str, str]
    recurrence: Recurrence | None

    @property
    def given(self) -> tuple[str, ...]:
        """What the kernel of an elementwise timestep takes as parameters."""
        return (*self.parameters, *self.sizes)

    @property
    def sequence(self) -> Callable[..., Any]:
        """The function that computes a whole sequence around a recurrence."""
        return _sequence(_Described(self.path, self.digest))


@functools.cache
def _sequence(described: _Described) -> Callable[..., Any]:
    path = described.file("python")
    namespace: dict[str, Any] = {}
    exec(compile(described.text("python"), str(path), "exec"), namespace)
    return cast(Callable[..., Any], namespace["sequence"])


_ENDINGS = {"c": ".c", "triton": ".py", "python": ".py"}


def facts(module: str, digest: str) -> Facts:
    """Return the description of a kernel, from the folder beside the module; errors are not cached.

    Raises:
        NoKernel: There is no kernel, or it was generated from another timestep than the class.
    """
    return _facts(_file(module), digest)


def declared(module: str, digest: str) -> Declared:
    """Return the description of the spike functions of a module, likewise.

    Raises:
        NoKernel: They have no kernels, or these were generated from other functions.
    """
    return _declared(_file(module), digest)


def _file(module: str) -> str:
    """The file of a module, as text since that takes less time than a path."""
    return getattr(sys.modules.get(module), "__file__", None) or "-"


def _path(file: str) -> Path:
    return Path(file).with_name("kernels") / f"{Path(file).stem}.jsonc"


@functools.cache
def _facts(file: str, digest: str) -> Facts:
    path = _path(file)
    with _description(path, digest) as found:
        return Facts(
            path=path,
            digest=digest,
            parameters=tuple(found["parameters"]),
            states=tuple(found["states"]),
            functions=found["functions"],
            calls=tuple(found["calls"]),
            sizes=tuple(found.get("sizes", ())),
            shared=tuple(found["shared"]),
            step=_code("\n".join(found["step"]), "step"),
            modules=found.get("modules", {}),
            recurrence=Recurrence(**found["recurrence"]) if "recurrence" in found else None,
        )


@functools.cache
def _declared(file: str, digest: str) -> Declared:
    path = _path(file)
    with _description(path, digest) as found:
        sources = found["functions"].items()
        return Declared(path, digest, {n: _code("\n".join(lines), n) for n, lines in sources})


@contextmanager
def _description(path: Path, digest: str) -> Iterator[Any]:
    """The content of a description, in a context in which it may turn out to be no description."""
    if not path.is_file():
        raise NoKernel("it was not generated from a spec")
    lines = _read(path).splitlines()
    try:
        found = json.loads("\n".join(line for line in lines if not line.startswith("//")))
        if "why_not" in found:
            raise NoKernel(found["why_not"])
        if found["digest"] != digest:
            raise NoKernel(f"its kernel, {path}, was generated from {_ANOTHER}")
        yield found
    except (LookupError, RecursionError, SyntaxError, TypeError, ValueError) as error:
        raise NoKernel(f"{path} cannot be read: {error!r}; generate it again") from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        message = getattr(error, "strerror", None) or error
        raise NoKernel(f"{path} cannot be read: {message}; generate it again") from error


_ANOTHER = "another spec than its Python module: generate both, then import the module anew"


_ABOVE = "from __future__ import annotations\nimport math, torch\nfrom torch import nn"
"""The imports before a step, since Python compiles a call of an imported module differently."""


def _code(source: str, name: str) -> types.CodeType:
    """Compile the source of a function and return its code."""
    compiled = compile(f"{_ABOVE}\n{source}", name, "exec")
    codes = (part for part in compiled.co_consts if isinstance(part, types.CodeType))
    return {code.co_name: code for code in codes}[name]


def is_same(one: types.CodeType, other: types.CodeType) -> bool:
    """Whether the code of two functions is equal, apart from docstrings and layout."""

    def parts(code: types.CodeType) -> tuple[object, ...]:
        constants = [repr(c) for c in code.co_consts if not isinstance(c, str)]
        return code.co_names, code.co_varnames, code.co_freevars, constants

    if parts(one) != parts(other):
        return False
    return one.co_code == other.co_code or _instructions(one) == _instructions(other)


@functools.cache
def _instructions(code: types.CodeType) -> list[tuple[str, object]]:
    """Return the instructions of code, one for each variable that it loads or stores: since
    Python 3.13, two of them are one instruction if they are in the same line."""
    found, places, jumps = list[tuple[str, object]](), dict[int, int](), set[int]()
    for instruction in dis.get_instructions(code):
        places[instruction.offset] = len(found)
        name, value = instruction.opname.replace("_BORROW", ""), instruction.argval
        if isinstance(value, tuple) and re.fullmatch("(_?(LOAD|STORE)_FAST){2}", name):
            found += zip(re.findall("(?:LOAD|STORE)_FAST", name), value)
        elif name not in ("NOP", "EXTENDED_ARG"):
            if instruction.opcode in _JUMPS:
                jumps.add(len(found))
            found.append((name, value))
    return [
        (name, places[value]) if place in jumps and isinstance(value, int) else (name, value)
        for place, (name, value) in enumerate(found)
    ]


_JUMPS = {*dis.hasjrel, *dis.hasjabs}
