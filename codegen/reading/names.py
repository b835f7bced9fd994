"""Checks of the names that a spec declares."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping

from ..language.functions import TIMESTEP
from ..previous import PREVIOUS
from .nodes import Node
from .yaml_file import YamlFile

_MODULE = """
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu
    cuda double dump_patches eval extra_repr float forward get_buffer get_extra_state
    get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers
    named_children named_modules named_parameters parameters register_backward_hook
    register_buffer register_forward_hook register_forward_pre_hook
    register_full_backward_hook register_full_backward_pre_hook
    register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
    register_parameter register_state_dict_post_hook register_state_dict_pre_hook
    requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train
    training type xpu zero_grad
""".split()

_LAYER = (
    "State TTcompile TTdecompile detach_states dim in_features num_neurons step zero_states".split()
)

_SOURCE = "Layer NamedTuple Tensor TensorFunction Value annotations math nn self states super torch x".split()

RESERVED = frozenset(_MODULE + _LAYER + _SOURCE)
"""Attributes of `nn.Module` and of `tt.Layer`, and names in the generated source."""

OF_ITSELF = f"{PREVIOUS}... is set automatically where it is read; choose another name"
"""The hint for a declaration or an assignment of a previous value."""

_OF_AN_ARGUMENT = (
    "choose another name: each parameter p has the arguments p_rank and learn_p, and raw_p"
)


def problem_of_name(text: str) -> tuple[str, str] | None:
    """Return an error and a hint if generated source cannot use a name; else None."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text):
        return f"{text!r} is not a name", "use letters, digits and _ only"
    if keyword.iskeyword(text) or keyword.issoftkeyword(text):
        return f"{text} is a keyword of Python", "choose another name"
    if text in RESERVED:
        return f"{text} is reserved in every layer", "choose another name"
    return None


def read_name(file: YamlFile, node: Node | None) -> str:
    """Read a name that generated source can use."""
    text = file.text(node)
    problem = problem_of_name(text) if text else None
    if node and problem:
        file.wrong(node, *problem)
    return text


class Names:
    """The names declared so far, which must be unique.

    Args:
        file: The file that declares them.
        taken: Names already in use, with descriptions.
        arguments: A pattern of the names of further arguments of constructors.
    """

    def __init__(self, file: YamlFile, taken: Mapping[str, str] = {}, arguments: str = "") -> None:
        self.file = file
        self.taken = dict.fromkeys(TIMESTEP, "a function of the language") | dict(taken)
        self.arguments = arguments
        self.owners: dict[str, str] = {}
        """A description of the declaration of each name."""

    def take(self, names: Iterable[str], what: str, where: str) -> None:
        """Add names that are declared in another file."""
        self.owners |= {name: f"in {where}, as {what}" for name in names}

    def local(self) -> Names:
        """Return these names, for declarations of one family alone."""
        names = Names(self.file, self.taken, self.arguments)
        names.owners = dict(self.owners)
        return names

    def fresh(self, node: Node | None) -> str:
        """Read a name that is not declared."""
        name = read_name(self.file, node)
        problem = self._problem(name) if name else None
        if node and problem:
            self.file.wrong(node, *problem)
        return name

    def declare(self, node: Node | None, what: str) -> str:
        """Read a name that is not declared, and declare it."""
        name = self.fresh(node)
        if node and name:
            self.owners.setdefault(name, f"in line {node.location.line}, as {what}")
        return name

    def _problem(self, name: str) -> tuple[str, str] | None:
        if name in self.taken:
            message = f"{name} has a meaning already: it is {self.taken[name]}"
            return message, "choose another name"
        if name.startswith(PREVIOUS):
            return f"{name} is the previous value of something", OF_ITSELF
        if re.fullmatch(self.arguments, name):
            return f"{name} is the name of an argument", _OF_AN_ARGUMENT
        if name in self.owners:
            hint = f"it is declared {self.owners[name]}; choose another name"
            return f"{name} would mean two things", hint
        return None
