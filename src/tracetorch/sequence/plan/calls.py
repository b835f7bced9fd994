"""What a call returns."""

from __future__ import annotations

import ast
import builtins
import inspect
from typing import Any

import torch.nn.functional as F
from torch import nn

from ..modules import kind
from .expressions import Expressions
from .functions import Measure
from .graph import Apply
from .meanings import Bound, Items, Loop, Module, Value, is_plain, name_of, slots


class Calls(Expressions):
    """What calls return."""

    def call(self, function: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """What a function returns, whose source is read."""
        raise NotImplementedError

    def result(
        self, node: ast.expr, function: Any, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        """What a call returns."""
        if isinstance(function, Module):
            if keywords or not all(isinstance(argument, Value) for argument in arguments):
                raise self.unread(node)
            inputs = tuple(argument.index for argument in arguments)
            return self.made(Apply(function.path, inputs))
        if isinstance(function, Bound) and isinstance(function.owner, Module):
            return self.of_own(node, function, arguments, keywords)
        if isinstance(function, Bound):
            return self.of_tensor(node, function, arguments, keywords)
        if isinstance(function, Loop):
            return self.listed(node, function, arguments, keywords)
        name = name_of(function)
        if name == "F.dropout":
            return self.dropped(arguments, keywords)
        if name and slots((tuple(arguments), tuple(keywords.values()))):
            return self.computed(name, arguments, keywords)
        raise self.unread(node)

    def dropped(self, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """What dropout returns: its input, unless it is training."""
        bound = inspect.signature(F.dropout).bind(*arguments, **keywords)
        bound.apply_defaults()
        p, training = bound.arguments["p"], bound.arguments["training"]
        if not is_plain(training) or not is_plain(p) or bound.arguments["inplace"]:
            raise self.unread(self.now)
        if training and p:
            return self.computed("F.dropout", arguments, keywords)
        return bound.arguments["input"]

    def of_own(
        self, node: ast.expr, method: Bound, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        """A method of a module: its source is read too, or it lists the modules of a container."""
        assert isinstance(method.owner, Module)
        module = self.at(method.owner.path)
        if kind(module) is nn.ModuleDict and method.name in ("keys", "values", "items"):
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
        function = inspect.getattr_static(kind(module), method.name)
        return self.call(function, [method.owner, *arguments], keywords)

    def of_tensor(
        self, node: ast.expr, method: Bound, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        assert isinstance(method.owner, Value)
        if method.name == "size" and not keywords and len(arguments) < 2:
            if all(type(argument) is int for argument in arguments):
                size = Measure(method.owner.index, "size", tuple(arguments))
                return self.wait(size) if arguments else size
        elif method.name == "dim" and not (arguments or keywords):
            return Measure(method.owner.index, "dim", ())
        elif method.name not in ("size", "dim"):
            return self.computed(f"Tensor.{method.name}", [method.owner, *arguments], keywords)
        raise self.unread(node)

    def listed(
        self, node: ast.expr, function: Loop, arguments: list[Any], keywords: dict[str, Any]
    ) -> Any:
        """What `range`, `len`, `enumerate`, `zip` and `reversed` make of modules and numbers."""
        lists = [self.items(a) if isinstance(a, Module) else a for a in arguments]
        if function.name not in ("len", "range"):
            lists = [one.taken() if isinstance(one, Items) else one for one in lists]
        kinds = int if function.name == "range" else (tuple, list, range)
        if keywords or not all(isinstance(one, kinds) for one in lists):
            raise self.unread(node)
        made = getattr(builtins, function.name)(*lists)
        return made if function.name in ("len", "range") else Items([*made], is_once=True)
