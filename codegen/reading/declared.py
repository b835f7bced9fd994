"""The declarations of a grammar so far, and the scope of its expressions."""

from __future__ import annotations

from collections.abc import Iterable, KeysView, Mapping, Sequence
from copy import copy

from ..grammar import replaced
from ..language.constants import Samples
from ..language.expressions import Expression, Name, functions
from ..language.functions import APPLIED, FUNCTIONS, NOISES, TIMESTEP
from ..model import (
    NUM_NEURONS,
    Constraint,
    FunctionArgument,
    FunctionKind,
    Module,
    Package,
    Parameter,
    Prefix,
    Trace,
)
from ..previous import OUTPUT, PREVIOUS
from .format import TraceRecord
from .names import Names
from .nodes import Node
from .scope import Scope
from .shapes import Shapes, parameter_shape, state_shape
from .yaml_file import YamlFile
from .zoo import Offered

FEATURES = state_shape([Name(NUM_NEURONS.name)])
"""The shape of all values in a timestep of the grammar."""


class Declared:
    """The names, parameters, functions and prefixes of a file and of the one that it extends."""

    def __init__(
        self,
        file: YamlFile,
        constraints: Mapping[str, Constraint],
        defaults: Mapping[str, FunctionKind],
        base: Package | None,
        offered: Offered,
    ) -> None:
        taken = {OUTPUT: "the output of a layer", "reset": "the reset of a trace"}
        self.file = file
        self.constraints = constraints
        self.defaults = defaults
        self.offered = offered
        self.names = Names(file, taken, arguments="(raw|learn)_.*|.*_rank")
        self.parameters: tuple[Parameter, ...] = ()
        self.functions: tuple[FunctionArgument, ...] = ()
        self.prefixes: tuple[Prefix, ...] = ()
        if base:
            self.parameters, self.functions = base.parameters, base.functions
            self.prefixes = base.prefixes
            for one in (base, *base.bases):
                self._take_names(one)

    def of_family(self, names: Names, parameters: Iterable[Parameter]) -> Declared:
        """Return these declarations with names and parameters of one family alone."""
        own = copy(self)
        own.names, own.parameters = names, replaced(self.parameters, parameters)
        return own

    def _take_names(self, base: Package) -> None:
        named = {
            "a parameter": [parameter.name for parameter in base.parameters],
            "a function": [function.name for function in base.functions],
            "a layer": [*(f.name for f in base.families), *(layer.name for layer in base.layers)],
            "the state of a prefix": [t.state for prefix in base.prefixes for t in prefix.traces],
            "a branch": [branch.name for prefix in base.prefixes for branch in prefix.branches],
            "a module": [module.name for prefix in base.prefixes for module in prefix.modules],
        }
        for what, names in named.items():
            self.names.take(names, what, f"the {base.name} spec")

    @property
    def parameter_names(self) -> KeysView[str]:
        """The names of the parameters, in order."""
        return dict.fromkeys(parameter.name for parameter in self.parameters).keys()

    @property
    def fixed(self) -> dict[str, str]:
        """The names that statements must not set, with descriptions."""
        declared = {name: f"declared {where}" for name, where in self.names.owners.items()}
        return {"x": "the input", **declared}

    def scope(
        self, known: Sequence[str], modules: Sequence[Module] = (), sizes: Samples = {}
    ) -> Scope:
        """Return the scope of expressions that may also read `known` and `sizes`, and call
        `modules`."""
        called = [*(f.name for f in self.functions), *(module.name for module in modules)]
        shapes = {p.name: parameter_shape(p, Name(NUM_NEURONS.name)) for p in self.parameters}
        shapes |= dict.fromkeys(known, FEATURES)
        shapes |= {PREVIOUS + name: FEATURES for name in [*shapes, OUTPUT]}
        return Scope(
            self.file,
            known={*known, *sizes, *self.parameter_names},
            functions=TIMESTEP | dict.fromkeys(called, APPLIED),
            samples=sizes,
            shapes=Shapes(shapes, modules, sizes),
            has_past=True,
        )

    def scope_of_initial(self) -> Scope:
        """Return the scope of the initial values of states: parameters alone."""
        known = {p.name: parameter_shape(p, Name(NUM_NEURONS.name)) for p in self.parameters}
        return Scope(self.file, known, FUNCTIONS, shapes=Shapes(known))

    def drive(self, node: Node | None, scope: Scope) -> Expression:
        """Read an input of a trace, which is computed for each of its branches."""
        drive = scope.value(node, FEATURES, "the trace")
        if node and functions(drive) & NOISES.keys():
            hint = "draw them in update:, noise = randn_like(x), and read noise here"
            self.file.wrong(node, "the input of a trace draws random numbers", hint)
        return drive

    def trace(self, record: TraceRecord, state: str, scope: Scope) -> Trace:
        """Read a trace whose state has this name."""
        return Trace(
            state=state,
            decay=self.file.choice(record.decay, "parameter", self.parameter_names),
            drives=(self.drive(record.input, scope),),
            average=record.average,
            doc=record.doc,
            splits=record.split,
            observed=record.observed,
        )
