"""Hints for functions and syntax that are not in the language."""

from __future__ import annotations

import ast

POWER = "write square(a), a * a * a, sqrt(a), or exp(b * log(a)) for a power of any a above 0"
_AND = "write mask(a) * mask(b)"
_OR = "write maximum(mask(a), mask(b))"
_NOT = "write 1 - mask(a)"
_EQUAL = "write mask(abs(a - b) < 0.5): no two numbers are compared for equality"
_RANDOM = "write rand_like(x), from [0, 1), or randn_like(x), from the standard normal distribution"
_SEVERAL = "write sum(x, -1), over the last dimension"

FUNCTIONS = {
    **dict.fromkeys(("clip", "clamp", "hardtanh"), "write maximum(minimum(x, high), low)"),
    **dict.fromkeys(("heaviside", "step", "heavyside", "spike"), "write mask(x > 0) or spike_fn(x)"),
    **dict.fromkeys(("max", "fmax", "amax"), "write max(x, -1), over the last dimension, or maximum(x, low)"),
    **dict.fromkeys(("min", "fmin", "amin"), "write minimum(x, high), where high may be a number"),
    **dict.fromkeys(("pow", "power", "float_power"), POWER),
    **dict.fromkeys(("ln", "log_e"), "write log(x)"),
    "log2": "write log(x) / 0.6931471805599453",
    "log10": "write log(x) / 2.302585092994046",
    "exp2": "write exp(0.6931471805599453 * x)",
    **dict.fromkeys(("fabs", "absolute", "norm"), "write abs(x)"),
    **dict.fromkeys(("asinh", "arsinh"), "write arcsinh(x)"),
    **dict.fromkeys(("arctan", "arctangent"), "write atan(x)"),
    **dict.fromkeys(("sgn", "signum"), "write sign(x)"),
    "ceil": "write -floor(-x)",
    **dict.fromkeys(("trunc", "fix", "int"), "write sign(x) * floor(abs(x))"),
    "frac": "write x - sign(x) * floor(abs(x))",
    **dict.fromkeys(("mod", "remainder"), "write a - floor(a / b) * b"),
    "fmod": "write a - b * sign(a / b) * floor(abs(a / b))",
    "reciprocal": "write 1 / x",
    "rsqrt": "write 1 / sqrt(x)",
    **dict.fromkeys(("neg", "minus"), "write -x"),
    **dict.fromkeys(("add", "sub", "subtract", "mul", "multiply", "div", "divide"), "write a + b, a - b, a * b or a / b"),
    **dict.fromkeys(("gt", "greater", "ge", "lt", "less", "le"), "write mask(a > b)"),
    **dict.fromkeys(("eq", "equal", "isclose", "ne"), _EQUAL),
    **dict.fromkeys(("logical_and", "bitwise_and"), _AND),
    **dict.fromkeys(("logical_or", "bitwise_or"), _OR),
    **dict.fromkeys(("logical_not", "bitwise_not"), _NOT),
    **dict.fromkeys(("if", "ifelse", "cond", "piecewise"), "write where(a > b, c, d)"),
    **dict.fromkeys(("concat", "concatenate", "stack", "hstack"), "write cat(a, b)"),
    **dict.fromkeys(("matmul", "dot", "mm", "bmm", "einsum", "mv", "linear"), "write x @ W, or declare a linear map under modules:"),
    **dict.fromkeys(("layer_norm", "rms_norm", "group_norm", "layernorm", "rmsnorm", "groupnorm", "conv1d", "conv2d"), "declare a module of PyTorch under modules:"),
    **dict.fromkeys(("mean", "average"), "write mean(x, -1), over the last dimension"),
    **dict.fromkeys(("prod", "cumsum", "cumprod", "std", "var"), _SEVERAL),
    "softmax": "write softmax(x, -1), over the last dimension",
    **dict.fromkeys(("view", "flatten", "unflatten"), "write reshape(x, heads, size), with all sizes of the features"),
    **dict.fromkeys(("take", "gather", "index_select"), "write select(x, -1, 0) for the first in the last dimension"),
    "logsigmoid": "write -softplus(-x)",
    **dict.fromkeys(("swish", "hardswish"), "write silu(x)"),
    "gelu": "write 0.5 * x * (1 + erf(0.7071067811865476 * x))",
    **dict.fromkeys(("leaky_relu", "prelu", "leakyrelu"), "write where(x > 0, x, slope * x)"),
    "elu": "write where(x > 0, x, expm1(x))",
    "hypot": "write sqrt(square(a) + square(b))",
    **dict.fromkeys(("roll", "shift", "append"), "write push(buffer, x)"),
    **dict.fromkeys(("stop_gradient", "no_grad", "stopgrad"), "write detach(x)"),
    **dict.fromkeys(("rand", "randn", "random", "normal", "uniform", "bernoulli", "dropout", "noise"), _RANDOM),
    **dict.fromkeys(("sigmoid4x", "fast_sigmoid", "triangular", "rectangular", "gaussian", "surrogate"), "write spike_fn(x): the user of the layer chooses how it fires"),
    **dict.fromkeys(("round_ste", "stochastic_round_ste", "probabilistic_ste", "quantize"), "write quant_fn(x): the user of the layer chooses the quantizer"),
    **dict.fromkeys(("zeros", "ones", "full", "zeros_like", "ones_like"), "write a number"),
}  # fmt: skip
"""Hints by the names of functions of other libraries, in lower case."""

INITIAL = {
    **dict.fromkeys(("range", "arange", "index", "indices", "linspace"), "write count(n) - 1 for 0, 1, ..."),
    **dict.fromkeys(("inv", "inverse", "pinv"), "write solve(A, eye(n))"),
    **dict.fromkeys(("expm", "matrixexp"), "write matrix_exp(A)"),
    **dict.fromkeys(("rand", "random", "bernoulli", "dropout"), "write uniform(0, 1)"),
    **dict.fromkeys(("randn", "gaussian", "noise"), "write normal(1)"),
    **dict.fromkeys(("randperm", "permutation", "shuffle"), "write argsort(uniform(0, 1, n), 0)"),
    **dict.fromkeys(("identity", "diag"), "write eye(n)"),
    **dict.fromkeys(("pow", "power", "float_power"), "write a ** b"),
}  # fmt: skip
"""The same, for initial values."""

NOISES = dict.fromkeys(
    ("rand_like", "randn_like"), "random numbers are drawn in the update of a timestep only"
)
"""The same, where functions of a timestep that draw random numbers may not be called."""

_MODULES = ("torch", "math", "np", "numpy", "nn", "F", "jnp", "tt", "functional")


def instead_of(node: ast.expr) -> str | None:
    """Return what to write instead of this part of Python, if there is something."""
    match node:
        case ast.BoolOp(op=ast.And()) | ast.BinOp(op=ast.BitAnd()):
            return _all_of(node)
        case ast.BoolOp(op=ast.Or()) | ast.BinOp(op=ast.BitOr()):
            return _OR
        case ast.UnaryOp(op=ast.Not() | ast.Invert()):
            return _NOT
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return f"write {ast.unparse(operand)}"
        case ast.BinOp(op=ast.Mod()):
            return FUNCTIONS["mod"]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            here, elsewhere = ast.unparse(body), ast.unparse(orelse)
            return f"write where({ast.unparse(test)}, {here}, {elsewhere})"
        case ast.Compare(ops=[ast.Eq() | ast.NotEq()]):
            return _EQUAL
        case ast.Compare(left=left, ops=[_, _, *_]):
            return "write mask(a > b) * mask(b > c) for a > b > c"
        case ast.Constant(value=bool() as value):
            return f"write {int(value)}"
        case ast.Constant(value=str()):
            return "remove the quotes"
        case ast.Constant(value=None):
            return "leave it out, or write 0"
        case ast.Attribute():
            return _of_attribute(node)
        case ast.Call():
            return _of_call(node)
        case ast.Subscript():
            return "write select(x, -1, 0), or a, b = split(x, 1, n - 1) for parts; x[..., None] is unsqueeze(x, -1)"
        case ast.Tuple() | ast.List():
            return "write one value; cat(a, b) joins several"
        case ast.Lambda() | ast.ListComp() | ast.GeneratorExp() | ast.NamedExpr():
            return "write it out, in a line of its own: name = expression"
    return None


def _all_of(node: ast.BoolOp | ast.BinOp) -> str:
    """Return what to write where all parts hold, with comparisons as masks."""
    parts = node.values if isinstance(node, ast.BoolOp) else [node.left, node.right]
    if not all(isinstance(part, ast.Compare) for part in parts):
        return _AND
    return "write " + " * ".join(f"mask({ast.unparse(part)})" for part in parts)


def _of_attribute(node: ast.Attribute) -> str:
    if node.attr == "T":
        return "declare the weight with its sizes swapped"
    if node.attr in ("pi", "e", "inf"):
        return "write it as a number: 3.141592653589793, 2.718281828459045"
    if isinstance(node.value, ast.Name) and node.value.id == "self":
        return f"write {node.attr}"
    return "write a name alone, without a point"


def _of_call(node: ast.Call) -> str | None:
    arguments = [*map(ast.unparse, node.args)]
    match node.func:
        case ast.Attribute(value=value, attr=name):
            if _root(value) not in ("self", *_MODULES):
                arguments = [ast.unparse(value), *arguments]
            name = name.rstrip("_").lower()
            return FUNCTIONS.get(name) or f"write {name}({', '.join(arguments)})"
        case ast.Name(id=name):
            values = [ast.unparse(keyword.value) for keyword in node.keywords]
            plain = f"write {name}({', '.join([*arguments, *values])}), without names"
            return FUNCTIONS.get(name.lower(), plain)
    return None


def _root(node: ast.expr) -> str:
    """Return `torch` of `torch.nn.functional`, and "" of what is not a name."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def several_statements(text: str) -> tuple[str, str] | None:
    """Return message and hint for a text that Python reads as more than one statement."""
    match _statements(text):
        case [ast.Assign(targets=[_, _, *_])]:
            return "this sets several names at once", "write one line for each: a = ..., b = ..."
        case [_, _, *_]:
            return "these are several statements", "write one in each line of the list"
    return None


def _statements(text: str) -> list[ast.stmt]:
    try:
        module = ast.parse(text.strip())
        ast.unparse(module)  # a hint cannot quote what is too deep for that
        return module.body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def instead_of_statement(text: str) -> tuple[str, str]:
    """Return message and hint for a text that sets no name."""
    match _statements(text.replace(":=", "==", 1)):
        case [ast.Assign(targets=[ast.Attribute(value=ast.Name("self"), attr=name)], value=value)]:
            return f"self.{name} is not a name", f"write {name} = {ast.unparse(value)}"
        case [ast.Assign(targets=[ast.Subscript() as target])]:
            hint = "write a new value for the whole tensor; push(buffer, x) appends to a buffer"
            return f"{ast.unparse(target)} cannot be set, since it is a part", hint
        case [ast.Assign(targets=[target])]:
            return f"{ast.unparse(target)} is not a name", "write name = expression"
        case [ast.AugAssign(target=ast.Name(name), op=op, value=value)] if type(op) in _SIGNS:
            right = ast.unparse(ast.BinOp(ast.Name(name), op, value))
            return f"{_SIGNS[type(op)]}= is outside the language", f"write {name} = {right}"
        case [ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value)]:
            return "a type is not allowed here", f"write {name} = {ast.unparse(value)}"
        case [ast.Expr(ast.Compare(left=ast.Name(name), ops=[ast.Eq()], comparators=[value]))]:
            return "this sets nothing", f"write {name} = {ast.unparse(value)}, with one ="
        case [ast.Return()]:
            return "return is not allowed here", "write it as output:, beside update:"
        case [ast.Expr(value)]:
            return "this value is not assigned", f"write name = {ast.unparse(value)}"
    return several_statements(text) or ("this is not a statement", "write name = expression")


_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
