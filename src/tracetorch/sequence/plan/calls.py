"""What a call returns."""

from __future__ import annotations

import ast
import builtins
import inspect
import types
from abc import abstractmethod
from typing import Any

import torch.nn.functional as F
from torch import nn

from .expressions import Expressions
from .foreign import is_of_torch, may_use_modules, writes
from .functions import COMPUTATIONS, FUNCTIONS, Measure, leaves
from .graph import Apply, Held, Unread
from .lookups import kind_at, method_of
from .meanings import Bound, Items, Loop, Module, Value, is_held, name_of, slots

_OF_NUMBERS = {function: name for name, function in COMPUTATIONS.items() if name not in FUNCTIONS}


def _call(function: Any, *arguments: Any, **keywords: Any) -> Any:
    return function(*arguments, **keywords)


def _method(name: str, owner: Any, *arguments: Any, **keywords: Any) -> Any:
    return getattr(owner, name)(*arguments, **keywords)


def _has_values(given: list[Any]) -> bool:
    return any(isinstance(one, Value | Held) for one in leaves(given))


class Calls(Expressions):
    """What calls return."""

    @abstractmethod
    def call(self, function: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """What a function returns, whose source is read."""

    def result(
        self, node: ast.expr, function: Any, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        """What a call returns."""
        if isinstance(function, Module):
            return self.applied(node, function, arguments, keywords)
        if isinstance(function, Bound) and isinstance(function.owner, Module):
            return self.of_own(node, function, arguments, keywords)
        if isinstance(function, Bound):
            return self.of_tensor(node, function, arguments, keywords)
        if isinstance(function, Loop):
            return self.listed(node, function, arguments, keywords)
        name = name_of(function)
        if name == "F.dropout":
            return self.dropped(arguments, keywords)
        given = [*arguments, *keywords.values()]
        if name and (slots(given) or is_held(given)):
            return self.computed(name, arguments, keywords)
        if isinstance(function, types.BuiltinFunctionType | type) and not _has_values(given):
            if function in _OF_NUMBERS and not keywords:
                return self.constant(_OF_NUMBERS[function], tuple(arguments))
        return self.unlisted(node, function, arguments, keywords)

    def applied(
        self, node: ast.expr, module: Module, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        """What a submodule returns."""
        given = [*arguments, *keywords.values()]
        inputs = slots(given)
        if not keywords and all(isinstance(argument, Value) for argument in arguments):
            return self.made(Apply(module.path, tuple(one.index for one in arguments)))
        if not inputs or is_held(given):
            raise self.unread(node)
        templates = self.templates(arguments, keywords, inputs)
        return self.made(Apply(module.path, tuple(inputs), templates))

    def unlisted(
        self, node: ast.expr, function: Any, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        """What a function returns that is not in the table: its source is read, or it is called."""
        if isinstance(function, Value):
            return self.looped(
                self.reason(node), "call", _call, [function, *arguments], keywords, True
            )
        if is_of_torch(function):
            label = f"torch.{function.__name__}"
            is_asked = bool(keywords.keys() & {"out", "inplace"}) or any(
                a is True for a in arguments
            )
            return self.looped(self.reason(node), label, function, arguments, keywords, is_asked)
        why: Unread = self.unread(node)
        if isinstance(function, types.FunctionType):
            before = len(self.operations), len(self.tensors), [*self.pending], len(self.frames)
            now = self.now
            try:
                return self.call(function, arguments, keywords)
            except Unread as error:
                why, self.now = error, now
                del self.operations[before[0] :], self.tensors[before[1] :]
                del self.frames[before[3] :]
                self.pending = before[2]
        if may_use_modules(function):
            raise why
        label = getattr(function, "__name__", "function")
        return self.looped(str(why), label, function, arguments, keywords, True)

    def dropped(self, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """What dropout returns: its input, unless it is training."""
        bound = inspect.signature(F.dropout).bind(*arguments, **keywords)
        bound.apply_defaults()
        p, training = bound.arguments["p"], bound.arguments["training"]
        is_known = isinstance(p, int | float) and isinstance(training, bool)
        if not is_known or bound.arguments["inplace"]:
            raise self.unread(self.now)
        if training and p:
            return self.computed("F.dropout", arguments, keywords)
        if not 0 <= p <= 1:  # which fails
            raise self.unread(self.now)
        return bound.arguments["input"]

    def of_own(
        self, node: ast.expr, method: Bound, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        """A method of a module: its source is read too, or it lists the modules of a container."""
        assert isinstance(method.owner, Module)
        if self.look(kind_at, method.owner.path) is nn.ModuleDict and method.name in (
            "keys",
            "values",
            "items",
        ):
            names = self.children(node, method.owner)
            values = [Module((*method.owner.path, name)) for name in names]
            pairs: dict[str, list[Any]] = {
                "keys": names,
                "values": values,
                "items": [*zip(names, values)],
            }
            return Items(pairs[method.name])
        if hasattr(nn.Module, method.name) or method.owner.path:
            raise self.unread(node)
        function = self.look(method_of, method.name)
        return self.call(function, [method.owner, *arguments], keywords)

    def of_tensor(
        self, node: ast.expr, method: Bound, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        given = [method.owner, *arguments]
        name, is_writing = method.name, writes(method.name)
        if not isinstance(method.owner, Value):
            return self.computed(f"Tensor.{method.name}", given, keywords)
        if method.name == "size" and not keywords and len(arguments) < 2:
            if all(type(argument) is int for argument in arguments):
                size = Measure(method.owner.index, "size", tuple(arguments))
                return self.wait(size) if arguments else size
        elif method.name == "dim" and not (arguments or keywords):
            return Measure(method.owner.index, "dim", ())
        elif is_writing and method.owner.index in self.strange:
            return self.looped(self.reason(node), name, _method, [name, *given], keywords, True)
        elif f"Tensor.{name}" in FUNCTIONS:
            return self.computed(f"Tensor.{name}", given, keywords)
        elif name not in ("size", "dim"):
            label = f"Tensor.{name}"
            return self.looped(
                self.reason(node), label, _method, [name, *given], keywords, is_writing
            )
        raise self.unread(node)

    def listed(
        self, node: ast.expr, function: Loop, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        """What `range`, `len`, `enumerate`, `zip` and `reversed` make of modules and numbers."""
        lists = [self.items(a) if isinstance(a, Module) else a for a in arguments]
        if function.name not in ("len", "reversed"):
            lists = [one.taken() if isinstance(one, Items) else one for one in lists]
        kinds = int if function.name == "range" else (tuple, list, range)
        has_values = any(isinstance(one, Value) for one in arguments)
        if function.name == "len" and has_values and not keywords:
            return self.looped(self.reason(node), "len", len, arguments, {})
        if keywords or not all(isinstance(one, kinds) for one in lists):
            raise self.unread(node)
        made = getattr(builtins, function.name)(*lists)
        return made if function.name in ("len", "range") else Items([*made], is_once=True)
