"""The expression language: what it reads, refuses, renames and prints."""

from __future__ import annotations

import ast
import builtins
import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import numpy
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from codegen.kernels.c import to_c
from codegen.language import instead
from codegen.language.constants import ConstantError, value_of
from codegen.language.expressions import (
    Call,
    Expression,
    ExpressionError,
    Name,
    Negative,
    Number,
    Operation,
    Spelling,
    children,
    computed,
    differentiated,
    functions,
    names,
    nodes,
    parse,
    parse_statement,
    problem_of_number,
    rename,
    substitute,
    subtract,
    to_python,
    transform,
    with_operands,
)
from codegen.language.functions import CONSTRUCTION, TIMESTEP, Function
from codegen.reading.vocabulary import Vocabulary
from tests.support.reviewed import assert_as_reviewed

VALUES = {"a": 3.0, "b": -0.7, "c": 11.0}
FUNCTIONS = {"f": abs, "g": lambda x, y: x + 0.25 * y}


def expressions() -> st.SearchStrategy[Expression]:
    leaves = st.one_of(
        st.sampled_from([Name("a"), Name("b"), Name("c")]),
        st.sampled_from([Number(1), Number(0.5), Number(2)]),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Negative, inner),
            st.builds(Call, st.just("f"), st.tuples(inner)),
            st.builds(Call, st.just("g"), st.tuples(inner, inner)),
            st.builds(Operation, inner, st.sampled_from(["+", "-", "*", "/", "//", ">"]), inner),
            st.builds(Operation, inner, st.just("**"), leaves | st.builds(Negative, leaves)),
            st.builds(Operation, leaves, st.just("**"), inner),
        ),
        max_leaves=12,
    )


def evaluate(expression: Expression) -> float:
    """What an expression means, without printing it."""
    match expression:
        case Name(name):
            return VALUES[name]
        case Number(value):
            return value
        case Negative(operand):
            return -evaluate(operand)
        case Call(function, arguments):
            return FUNCTIONS[function](*map(evaluate, arguments))
        case Operation(left, "+", right):
            return evaluate(left) + evaluate(right)
        case Operation(left, "-", right):
            return evaluate(left) - evaluate(right)
        case Operation(left, "*", right):
            return evaluate(left) * evaluate(right)
        case Operation(left, "/", right):
            return evaluate(left) / evaluate(right)
        case Operation(left, "//", right):
            return evaluate(left) // evaluate(right)
        case Operation(left, "**", right):
            return float(evaluate(left)) ** evaluate(right)
        case Operation(left, ">", right):
            return evaluate(left) > evaluate(right)


@given(expressions())
def test_printing_and_parsing_are_inverse(expression: Expression) -> None:
    assert parse(to_python(expression)) == expression


@given(expressions())
def test_what_is_printed_means_the_same_to_python(expression: Expression) -> None:
    try:
        expected = evaluate(expression)
    except (ArithmeticError, TypeError):  # a power of a negative number may be complex
        return
    printed = to_python(expression, Spelling(number=lambda number: repr(float(number))))
    assert eval(printed, {**FUNCTIONS, **VALUES}) == expected


@given(expressions())
def test_no_parenthesis_is_needless(expression: Expression) -> None:
    """Python's own printer needs no fewer."""
    text = to_python(expression)
    assert text.count("(") <= ast.unparse(ast.parse(text)).count("(")
    for start in (i for i, c in enumerate(text) if c == "(" and (i == 0 or text[i - 1] in " -(")):
        depth, end = 0, start
        for end in range(start, len(text)):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            if depth == 0:
                break
        without = text[:start] + text[start + 1 : end] + text[end + 1 :]
        with suppress(ExpressionError):  # as for (a > b) > c
            assert parse(without) != expression


@given(expressions())
def test_renaming_is_simultaneous(expression: Expression) -> None:
    swap = {"a": "b", "b": "a"}
    assert rename(rename(expression, swap), swap) == expression
    assert names(rename(expression, swap)) == {swap.get(n, n) for n in names(expression)}


def test_names_and_functions() -> None:
    expression = parse("f(a) - g(f(b), a) * 2")
    assert names(expression) == {"a", "b"}
    assert functions(expression) == {"f", "g"}


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("m", "a * t", "m - a * t"),
        ("m", "a * t + b * u", "m - a * t - b * u"),
        ("m", "a + b + c", "m - a - b - c"),
        ("m", "a - b", "m - (a - b)"),
    ],
)
def test_subtract_goes_summand_by_summand(left: str, right: str, expected: str) -> None:
    assert to_python(subtract(parse(left), parse(right))) == expected


def test_names_and_calls_can_be_spelled_otherwise() -> None:
    spelling = Spelling(
        name=str.upper, call=lambda function, *args: f"<{function} {'; '.join(args)}>"
    )
    assert to_python(parse("q(s(a), b) @ c"), spelling) == "<q <s A>; B> @ C"


def test_numbers_and_negatives_can_be_spelled_otherwise() -> None:
    spelling = Spelling(number="[{}]".format, negative="minus {}".format)
    assert to_python(parse("-(a + 2) * f(-0.5, -b ** 2)"), spelling) == (
        "minus (a + [2]) * f(minus [0.5], minus b ** [2])"
    )


def test_statements() -> None:
    targets, value = parse_statement("a, b = f(c)")
    assert targets == ("a", "b") and value == Call("f", (Name("c"),))
    assert (value.column, value.arguments[0].column) == (7, 9)


@pytest.mark.parametrize(
    ("text", "column"), [("a == b", 0), ("f(a)", 0), ("a + b = c", 0), ("a = b.c", 4), ("", 0)]
)
def test_refused_statements(text: str, column: int) -> None:
    with pytest.raises(ExpressionError) as error:
        parse_statement(text)
    assert error.value.column == column


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("a + ", None, "malformed expression"),
        ("a +* b", None, "malformed expression"),
        ("a b", None, "malformed expression"),
        ("", None, "malformed expression"),
        ("(" * 300, None, "malformed expression"),
        ("-" * 100_000 + "a", None, "malformed expression: too long or too deeply nested"),
        ("a % b", 0, "'a % b' is outside the expression language"),
        ("a + b.c", 4, "'b.c' is outside the expression language"),
        ("a + b[0]", 4, "'b[0]' is outside"),
        ("a if b else c", 0, "is outside the expression language"),
        ("lambda: a", 0, "is outside the expression language"),
        ("a and b", 0, "is outside the expression language"),
        ("not a", 0, "is outside the expression language"),
        ("+a", 0, "is outside the expression language"),
        ("True", 0, "is outside the expression language"),
        ("'a'", 0, "is outside the expression language"),
        ("2j", 0, "is outside the expression language"),
        ("f(a)(b)", 0, "is outside the expression language"),
        ("a.f(b)", 0, "is outside the expression language"),
        ("__import__('os').system('true')", 0, "is outside the expression language"),
        ("f(x=a)", 0, "is outside the expression language"),
        ("a > b > c", 0, "is outside the expression language"),
        ("a == b", 0, "is outside the expression language"),
        ("f(*a)", 2, "is outside the expression language"),
        ("a + 1e400", 4, "the number is too large"),
        ("a + ä", 4, "'ä' does not belong in an expression"),
    ],
)
def test_refused(text: str, column: int | None, message: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(text)
    assert message in error.value.message
    assert column in (error.value.column, None)


def test_how_deep_an_expression_may_be() -> None:
    assert parse("-" * 50 + "a")
    with pytest.raises(ExpressionError, match="too long or too deeply nested"):
        parse("-" * 51 + "a")


LARGEST = "3.4028234663852886e38"


@pytest.mark.parametrize("number", [LARGEST, f"-{LARGEST}", "9223372036854775807", "1e-300"])
def test_numbers_that_fit(number: str) -> None:
    assert evaluate(parse(number)) == ast.literal_eval(number)


@pytest.mark.parametrize("number", ["3.5e38", "9223372036854775808", "1e400", "1" + "0" * 400])
def test_numbers_that_do_not_fit(number: str) -> None:
    with pytest.raises(ExpressionError, match="number is too large"):
        parse(number)


@pytest.mark.parametrize(
    ("text", "folded"),
    [("1 + 0", "1"), ("3 * 0 - x", "0 - x"), ("8 // 3 * x", "2 * x"), ("1 / 4", "0.25f")],
)
def test_constants_are_computed_before_c_does(text: str, folded: str) -> None:
    assert to_c(parse(text)) == folded


def test_a_division_by_zero_is_left_to_c() -> None:
    assert to_c(Operation(Number(1), "/", Number(0))) == "1 / 0"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2**31 - 1, "2147483647"),
        (2**31, "2147483648.0f"),
        (0.5, "0.5f"),
        (0.1, "(real)0.1"),
        (1e300, "(real)1e+300"),
    ],
)
def test_numbers_in_c_are_exact(number: int | float, text: str) -> None:
    assert to_c(Number(number)) == text


READ = """
a|f()|f( a,g (b) )|-a ** -b ** 2|a - b - c|a - (b - c)|a - b + c|a + (b + c)|a / b * c|a / (b * c)
a // b @ c|a @ (b @ c)|a // (b // c)|(a ** b) ** c|a ** f(b)|(a + b) ** c|f(a) ** 2|-(a + b) * c
-(a * b)|-a * b|a * -b|a - -b|(-a) ** 2|-(a ** 2)|--a|-(a > b)|a > b|a >= b|a < -b|a <= b + 1
(a > b) > c|a > (b <= c)|(a >= b) + c|a - (b < c)|(a < b) * c|f(a > b, c * (d + e))|f(-f(f(a)), 2)
1.50|1e3|0x10|1_000|1e-300|-2|- -2|1 + 2 - 4|2 * 3 * a|a * 2 * 3|7 // 2 + 7 / 2|1 / 0|1 // 0|0 / 2
0 * 2|2 ** 3|2 > 1|-(1 + 2) * a|f(2 * 3, -1)|a + (1 - 1)|1 @ 2|-a * (2 - 3) > b * -(4)
  a + b  |a # b|True|f(a)(b)|a.b|a + b.c * d|f(x=a)|f(*a)|f(a, **b)|a > b > c|+a|'a' 'b'|2j
...|None|[a]|a[b] + c|(a, b)|a if b else c|(a := b)|a and b|a % b|a << b|a == b|a is b|a in b
1e400|-1e400|a * 3.5e38|9223372036854775807|9223372036854775808|b - 9223372036854775808|é + a
a + é * ü|a − b|a +|(a|f(a, b|[a|{a|a * (b + c
"""
"""Expressions, separated by |; what is said of malformed ones is in the words of Python."""

SET = """
a = b|a=b|  a  =  b|a, b = f(c)|a ,b= g(-c, d)|_, a, _ = b|a b = c|2a = b|a, = b|= a|a =b>=c|a = b == c
a = b = c|a, b = c = d|a == b|a += b|a -= b|a *= b + c|a /= b|a //= b|a **= 2|a @= b|a: b|a|f(a)|a >= b
f(a) = b|a + b = c|self.a = b|self.a += b|self.a = b +|a.b = c|a[0] = b|a := b|x: int = 3|return a
if a: b = c|a = b.c|a =  b + f(c.d)|a =|a = b +|a = (b|a = b, c|a = b; c = d|a = f(b, x=c)|a = 1e400
a = (b; c = d|a = b.c; d = e|a = b + é|é = a|a = b if c else d|1 = a
"""
"""Statements, separated by |."""


def test_what_is_read_and_refused_is_as_reviewed() -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    found = [said(text, lambda text: of_expression(parse(text))) for text in listed(READ)]
    found += [said(text, of_statement) for text in listed(SET)]
    assert_as_reviewed("".join(found), GOLDEN.with_stem("expressions"))


def listed(texts: str) -> list[str]:
    return texts[1:-1].replace("\n", "|").split("|")


def said(text: str, reading: Callable[[str], list[str]]) -> str:
    try:
        lines = reading(text)
    except ExpressionError as error:
        assert str(error) == error.message
        message, found, _ = error.message.partition("malformed expression")
        lines = [f"error at {error.column}: {found or message}", f"hint: {error.hint}"]
        lines += [f"sets {list(error.targets)}"] * bool(error.targets)
    return "\n    ".join([ascii(text), *lines]) + "\n"


def of_expression(expression: Expression) -> list[str]:
    """Its structure, with the columns of names and calls, as it is printed, and its parts."""
    printed, folded = to_python(expression), to_python(computed(expression))
    parts = [to_python(part) for part in nodes(expression)]
    of_values = [to_python(part) for part in differentiated(expression)]
    lines = [tree(expression), f"printed {printed}", *[f"computed {folded}"] * (printed != folded)]
    lines += [f"parts {'; '.join(parts)}"] * (len(parts) > 1)
    return lines + [f"differentiated {'; '.join(of_values) or None}"] * (parts != of_values)


def of_statement(text: str) -> list[str]:
    targets, expression = parse_statement(text)
    return [f"sets {list(targets)}", tree(expression)]


def tree(expression: Expression) -> str:
    match expression:
        case Name(name, column):
            return f"{name}@{column}"
        case Number(value):
            return repr(value)
        case Call(function, arguments, column):
            return f"{function}@{column}[{', '.join(map(tree, arguments))}]"
        case Negative(operand):
            return f"[- {tree(operand)}]"
        case Operation(left, sign, right):
            return f"[{tree(left)} {sign} {tree(right)}]"


def test_how_the_depth_of_an_expression_is_counted() -> None:
    """Each operator is a level, on the longest way down, and each call, also without arguments."""
    for deep in ("f()", "-a", "a + b", "f(a)"):
        for around in ("{}", "b * ({})", "({}) * b", "f(b, {})", "f({}, b)"):
            levels = 49 - (around != "{}")
            assert parse(around.format("-" * levels + f"({deep})"))
            with pytest.raises(ExpressionError) as error:
                parse(around.format("-" * (levels + 1) + f"({deep})"))
            assert (error.value.column, error.value.hint) == (
                0,
                "give a part of it a name of its own, in a line before",
            )
    for text in ("a" + " + a" * 3000, "f(" * 99 + "a" + ")" * 99):
        with pytest.raises(ExpressionError, match="too long or too deeply nested"):
            parse(text)


def test_characters_that_belong_in_no_expression() -> None:
    for character in ("\0", "\x80", "\xe9", "\u2212", "\U0001d465"):
        with pytest.raises(ExpressionError) as error:
            parse(f"\x7f + {character} + \xfc")
        assert error.value.message == f"{character!r} does not belong in an expression"
        assert error.value.column == 4
    with pytest.raises(ExpressionError, match="malformed expression"):
        parse("a + \1 + \x7f")


def test_doubtful_syntax_warns_nobody() -> None:
    """And what others are warned of is as before."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        before = list(warnings.filters)
        with pytest.raises(ExpressionError):
            parse("1if a else b")
        assert caught == [] and warnings.filters == before


def test_numbers_that_a_layer_can_compute_with() -> None:
    largest = 3.4028234663852886e38
    for fits in (0, -2.5, largest, -largest, 2**63 - 1, 1 - 2**63, 2.0**63, math.nan):
        assert problem_of_number(fits) is None
    hint = "the largest that a layer can compute with is 3.4e38"
    for large in (math.nextafter(largest, math.inf), -3.5e38, math.inf, 10**39, -(10**400)):
        assert problem_of_number(large) == ("the number is too large", hint)
    for whole, written in ((2**63, "9.223372036854776e+18"), (-(10**38), "-1e+38")):
        assert problem_of_number(whole) == (
            "the whole number is too large",
            f"write {written}; with a point or an exponent it may be as large as 3.4e38",
        )


def test_positions_are_of_the_text_alone() -> None:
    """Expressions are equal wherever they stand; without a text they stand at the beginning."""
    for made, text in ((Name("a"), "  b + a"), (Call("f", (Name("a"),)), "bc - f( a)")):
        found = parse(text)
        assert isinstance(found, Operation) and isinstance(found.right, Name | Call)
        assert made == found.right and hash(made) == hash(found.right)
        assert made.column == 0 < found.right.column


def test_changes_of_parts() -> None:
    """From the inside out, each part once; names are replaced all at once."""
    expression = parse("f(a, -b) + a * 2")
    seen: list[str] = []

    def change(node: Expression) -> Expression:
        seen.append(to_python(node))
        return Number(7) if node in (Name("b"), Number(2)) else node

    assert to_python(transform(expression, change)) == "f(a, -7) + a * 7"
    assert seen == ["a", "b", "-7", "f(a, -7)", "a", "2", "a * 7", "f(a, -7) + a * 7"]
    for text, operands, doubled in (
        ("-a", "a", "-(a + a)"),
        ("a - b", "a b", "a + a - (b + b)"),
        ("f(a, b, -c)", "a b -c", "f(a + a, b + b, -c + -c)"),
        ("f()", "", "f()"),
        ("a", "", "a"),
        ("2", "", "2"),
    ):
        assert [to_python(part) for part in children(parse(text))] == operands.split()
        made = with_operands(parse(text), lambda part: Operation(part, "+", part))
        assert to_python(made) == doubled
    swapped = substitute(expression, {"a": parse("b + 1"), "b": Name("a"), "f": Name("c")})
    assert to_python(swapped) == "f(b + 1, -a) + (b + 1) * 2"
    renamed = rename(expression, {"a": "b", "b": "a", "f": "c"})
    assert tree(renamed) == "[f@0[b@2, [- a@6]] + [b@11 * 2]]"


# What to write instead


OUR_NAMES = """
    arctangent arsinh fast_sigmoid gaussian heavyside if ifelse ln log_e minus noise
    probabilistic_ste quantize rectangular round_ste shift sigmoid4x signum spike step
    stochastic_round_ste stop_gradient stopgrad surrogate swish view
""".split()


def test_hints_are_for_functions_that_people_know() -> None:
    libraries = (torch, torch.nn, torch.nn.functional, numpy, numpy.random, math, builtins)
    known = {name.lower() for library in libraries for name in dir(library)}
    assert instead.FUNCTIONS.keys() - known == set(OUR_NAMES)


def hint_of(call: str, functions: Mapping[str, Function]) -> str:
    """What to write instead of this call, where these functions may be called."""
    try:
        (misuse,) = Vocabulary(functions, (), {}, {"x"}, set()).misuses(parse(call))
    except ExpressionError as error:
        return error.hint
    return misuse.hint


GOLDEN = Path(__file__).parent / "golden" / "hints.txt"


def hints() -> Iterator[tuple[str, str]]:
    """A name and its hint; in capitals, functions of the language are unknown too."""
    for name in instead.FUNCTIONS:
        yield name, hint_of(f"{name.upper()}(x)", TIMESTEP)
    for name in (*instead.INITIAL, *instead.NOISES):
        yield f"{name}, in initial values", hint_of(f"{name.upper()}(x)", CONSTRUCTION)


def test_what_to_write_instead_of_other_functions() -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    text = "".join(f"{name}: {hint}\n" for name, hint in hints())
    assert_as_reviewed(text, GOLDEN)


@pytest.mark.parametrize(
    ("sign", "hint"),
    [
        ("+", "write mem = mem + 2 * x"),
        ("-", "write mem = mem - 2 * x"),
        ("*", "write mem = mem * (2 * x)"),
        ("/", "write mem = mem / (2 * x)"),
    ],
)
def test_what_to_write_instead_of_a_change_in_place(sign: str, hint: str) -> None:
    found = instead.instead_of_statement(f"mem {sign}= 2 * x")
    assert found == (f"{sign}= is outside the language", hint)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a if a > b else c", "write where(a > b, a, c)"),
        ("a and b", "write mask(a) * mask(b)"),
        ("a & b", "write mask(a) * mask(b)"),
        ("a > b and c < d and e >= f", "write mask(a > b) * mask(c < d) * mask(e >= f)"),
        ("a or b", "write maximum(mask(a), mask(b))"),
        ("a | b", "write maximum(mask(a), mask(b))"),
        ("not a", "write 1 - mask(a)"),
        ("~a", "write 1 - mask(a)"),
        ("+a", "write a"),
        ("a % b", "write a - floor(a / b) * b"),
        ("a == b", "write mask(abs(a - b) < 0.5): no two numbers are compared for equality"),
        ("a > b > c", "write mask(a > b) * mask(b > c) for a > b > c"),
        ("True", "write 1"),
        ("'a'", "remove the quotes"),
        ("None", "leave it out, or write 0"),
        ("(a, b)", "write one value; cat(a, b) joins several"),
        ("lambda: a", "write it out, in a line of its own: name = expression"),
    ],
)
def test_what_to_write_instead_of_other_syntax(text: str, hint: str) -> None:
    assert instead.instead_of(ast.parse(text, mode="eval").body) == hint


SYNTAX = """
x and y  a > b and c < d  a > b and b > c and c >= d  x and a > b  a > b and x  x & y
(a > b) & (c > d)  x & (a > b)  (a > b) & x  x or y  x or y or z  x | y  (a > b) | x  not x  ~x
+x  +(x + 1)  x % y  a if a > b else c  x + 1 if x else -y  a == b  a != b  a is b  a in b
a > b > c  a == b == c  a > b == c > d  True  False  'x'  "x"  ''  None  ...  2j  b'x'
x.T  self.x.T  math.pi  np.e  torch.inf  self.pi  self.x  self.x.y  x.y  (x + y).z  cell.x
x.exp()  x.exp_()  x.exp__()  x.EXP()  x.maximum(0, y)  (x + y).exp()  f(x).exp(y)  x.y.exp()
torch.exp(x)  torch.maximum(x, 0)  torch.nn.functional.relu(x)  functional.relu(x)  self.exp(x)
math.exp(x)  np.exp(x)  numpy.exp(x)  nn.exp(x)  F.exp(x)  jnp.exp(x)  tt.exp(x)  mine.exp(x)
self.net.lin(x, y)  net.self.exp()  x.clamp(0)  x.clamp_(min=0)  torch.clamp(x)  x.Clamp_()
f(x).torch.exp()  torch().exp(y)  x[0].exp()  exp(x, out=y)  exp(out=y, base=2)  Clamp(x, min=0)
exp(**x)  f(x)(y)  (lambda: x)()  exp(*x)  x._exp()
x[0]  x[..., 1:]  (x, y)  x, y  [x, y]  lambda x: x  [a for a in x]  (a for a in x)
(y := x)  {a for a in x}  {x: y}  {x, y}
"""
STATEMENTS = """
self.a = x + y  self.a.b = x  cell.a = x  a[0] = x  self.a[..., 1] = x  a[0], b = x  f(x) = y
[a, b] = x  (a) = x  (a, b) = x  self.a, b = x  a += x  a -= x + y  a *= x + y  a /= x + y
a //= x  a **= 2  a @= x  a %= x  self.a += x  a[0] += x
a: float = x + y  a: float  self.a: float = x  a == x  a := x  a := (b := c)  a != x  a > x
a == x == y  self.a == x  2 == x  return  return x  x + y  f(x)  x
a = b = x  a = b = c = x  self.a = self.b = x  self.a = b = x  a, b = c = x  a[0] = b = x
a = x; b = y  a = x; b = y; c = z  a += x; b += y  return x; y  x; y
a = x =  a = )  a = x y  a = x;  a = x = y +  a b  )  # x  a + b = x  a-b = x
import math  pass  del a  for a in x: y  if x: y  assert x  def f(x): return x
"""
"""What is not in the language, separated by two spaces."""


def problem_of(text: str, read: Callable[[str], object]) -> ExpressionError:
    with pytest.raises(ExpressionError) as error:
        read(text)
    return error.value


def test_hints_for_other_syntax_are_as_reviewed() -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    text = ""
    for given in re.split("  |\n", SYNTAX.strip()):
        text += f"{given}\n    {problem_of(given, parse).hint}\n"
    text += "\nStatements\n"
    for given in [*re.split("  |\n", STATEMENTS.strip()), " a = x; b = y", ""]:
        error = problem_of(given, parse_statement)
        message = error.message.partition(":")[0]  # what follows is in the words of Python
        text += f"{given}\n    {message} = {error.hint}\n"
    assert_as_reviewed(text, GOLDEN.with_stem("hints_for_syntax"))


def test_what_python_cannot_read_is_not_a_statement() -> None:
    """Nor what it cannot print again, for it is too deeply nested."""
    long = ["a" + " + a" * 900, "a" + " + a" * 10_000, "-" * 100_000 + "a"]
    texts = [f"{before}{text}" for before in ("", "self.a = ", "a += ", "a == ") for text in long]
    for text in [")", "\ud800", "a\0", *texts]:
        error = problem_of(text, parse_statement)
        assert (error.message, error.hint) == ("this is not a statement", "write name = expression")
    problem = problem_of(f"a = x; b = {long[-1]}", parse_statement)
    assert problem.message.startswith("malformed expression: ")


@pytest.mark.parametrize("name", sorted(instead.INITIAL.keys() - instead.FUNCTIONS.keys()))
def test_hints_for_initial_values_are_given_there_only(name: str) -> None:
    assert hint_of(f"{name}(x)", TIMESTEP).lower().startswith(("allowed: abs,", "did you mean "))


@pytest.mark.parametrize(
    "hint", sorted({hint for _, hint in hints() if hint.startswith("write ")} - {"write a number"})
)
def test_what_to_write_instead_is_in_the_language(hint: str) -> None:
    called = set(re.findall(r"(\w+)\(", hint))
    assert called <= TIMESTEP.keys() | CONSTRUCTION.keys() | {"spike_fn", "quant_fn"}
    words = hint.removeprefix("write ").split(" ")
    beginnings = (" ".join(words[:count]).rstrip(",:") for count in range(len(words), 0, -1))
    assert any(map(can_be_read, beginnings))


def can_be_read(text: str) -> bool:
    with suppress(ExpressionError):
        return not isinstance(parse(text), Name)
    return False


@pytest.mark.parametrize(
    "name",
    """
    absolute arctan asinh ceil elu exp2 fix fmod frac gelu hypot log10 log2 logsigmoid neg
    reciprocal remainder rsqrt sgn swish trunc
    """.split(),
)
def test_what_to_write_instead_has_the_same_value(name: str) -> None:
    values = {"x": torch.linspace(-3, 3, 40), "b": torch.linspace(2, -2, 40)}
    values["a"] = values["x"]
    formula = instead.FUNCTIONS[name].removeprefix("write ")
    theirs = {"sgn": torch.sign, "swish": torch.nn.functional.silu}.get(name)
    theirs = theirs or getattr(torch.nn.functional, name, None) or getattr(torch, name)
    taken = [values[a] for a in sorted(names(parse(formula)))]
    ours = eval(formula, vars(torch.nn.functional) | vars(torch), values)
    torch.testing.assert_close(ours, theirs(*taken), equal_nan=True)


@pytest.mark.parametrize("name", sorted(instead.FUNCTIONS.keys() - {"if"}))
def test_methods_get_the_hints_of_functions(name: str) -> None:
    hint = instead.FUNCTIONS[name]
    for call in (f"x.{name}()", f"x.{name}_()", f"torch.{name}(x)", f"{name}(x, dim=1)"):
        assert hint_of(call, TIMESTEP) == hint


@pytest.mark.parametrize("name", instead.NOISES)
def test_functions_that_draw_are_refused_outside_an_update_only(name: str) -> None:
    assert hint_of(f"torch.{name}(x)", TIMESTEP) == f"write {name}(x)"
    only_there = "random numbers are drawn in the update of a timestep only"
    assert hint_of(f"{name}(x)", CONSTRUCTION) == only_there


@pytest.mark.parametrize(
    "module", ["torch", "math", "np", "numpy", "nn", "F", "jnp", "tt", "nn.functional", "self"]
)
def test_a_function_of_a_module_is_written_alone(module: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(f"{module}.exp(x)")
    assert error.value.hint == "write exp(x)"


@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "//", "**", ">", ">=", "<", "<="])
def test_the_value_of_each_operation(operator: str) -> None:
    for a, b in ((7, 2), (2, 7), (3, 3), (-7, 2)):
        found = value_of(parse(f"a {operator} b"), {"a": a, "b": b})
        assert found == pytest.approx(eval(f"{a if a > 0 else f'({a})'} {operator} {b}"))


def test_an_interval_may_be_a_point_but_not_reversed() -> None:
    assert value_of(parse("uniform(2, 2)"), {}) == 2
    with pytest.raises(ConstantError):
        value_of(parse("uniform(2, 1)"), {})
