"""The mutator makes every kind of change and no other, and what it knows of the files is true."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants import c, python, sample, specs
from tests.mutants.belongs import BELONGS, COLD

ROOT = Path(__file__).parent.parent

IN_PYTHON = {
    "a < b <= c": ["a <= b <= c", "a < b < c"],
    "a is  not b": ["a is b"],
    "(a) not in (  # in\n b)": ["(a) in (  # in\n b)"],
    "a and (b or c)": [
        "a or (b or c)",
        "(b or c)",
        "a",
        "a and (b and c)",
        "a and (c)",
        "a and (b)",
    ],
    "é = -ü // 2": ["é = ü // 2", "é = -ü * 2", "é = -ü // 3"],
    "a -= b": ["a += b", "pass"],
    "a = not b": ["a = b"],
    "a = b if c else d": ["a = b if not (c) else d"],
    "a = [b for b in c if b]": ["a = [b for b in c if not (b)]"],
    "while a: break": ["while not (a): break", "while a: continue"],
    "if a == b: c": ["if a != b: c", "if False: c"],
    "if a > b: c\nelse: d": ["if not (a > b): c\nelse: d", "if a >= b: c\nelse: d"],
    "match a:\n case b: c\n case d if e: f": [
        "match a:\n case b if False: c\n case d if e: f",
        "match a:\n case b: c\n case d if False: f",
    ],
    "try: a\nexcept (B, C): d": ["try: a\nexcept (B,): d", "try: a\nexcept (C,): d"],
    "try: a\nexcept B as c: raise": [
        "try: a\nexcept () as c: raise",
        "try: a\nexcept B as c: pass",
    ],
    "with a(): b": ["if True: b"],
    "a(b)": ["pass"],
    "a = min(b.c().d(), key=e)": [
        "a = min(b.c(), key=e)",
        "a = min(b.d(), key=e)",
        "a = min(b.c().d())",
    ],
    "a = sorted(b)": ["a = list(b)"],
    "a = b(c=d, e=f)": ["a = b(e=f)", "a = b(c=d)"],
    "a = isinstance(b, (C, D))": ["a = isinstance(b, (C,))", "a = isinstance(b, (D,))"],
    "a.b = c": ["pass"],
    "a[0] = True": ["a[1] = True", "a[0] = False", "pass"],
    "del a[b]": ["pass"],
    "a = 1 ** 1e300": ["a = 1 * 1e300", "a = 0 ** 1e300", "a = 1 ** 2e+300"],
    "a = b'', 'c', r'\\d', ''": [
        "a = b'', 'c_', r'\\d', ''",
        "a = b'', 'c', r'\\d_', ''",
        "a = b'', 'c', r'\\d', '_'",
    ],
    "a = f'b{c + d} is {e}'": ["a = f'b{c - d} is {e}'"],
    "a = b[c:]": ["a = b[(c) + 1:]", "a = b[c:-1]"],
    "def f(a, b=c, d=0): return a": [
        "def f(a, b=c, d=1): return a",
        "def f(a, b=c, d=0): return None",
    ],
    "class A:\n @b\n def c(self): ...": ["class A:\n \n def c(self): ..."],
}
UNCHANGED = [
    '"""1 < 2"""',
    "a: Callable[['A'], 1 | B] = c",
    "def f(a: 'A') -> 'B':\n 'c'\n assert a < 1",
    "@overload\ndef f(a=1): ...",
    "__all__ = ['a']",
    "if TYPE_CHECKING: a = 1",
    "Value = float | Tensor | None",
    "T = TypeVar('T')",
    "Kind = Literal['a']",
    "a = 'words of a message', b + ['longer than any name of a thing']",
    "def f(): return None",
]
IN_C = {
    "a = b < 10 ? -c : d;": [
        "a = b <= 10 ? -c : d;",
        "a = b >= 10 ? -c : d;",
        "a = b < 11 ? -c : d;",
        "a = b < 10 ? c : d;",
        ";",
    ],
    "real *a = b * c + *d;": ["real *a = b / c + *d;", "real *a = b * c - *d;"],
    "if (!a && b->c[0] == 1.5)": [
        "if (a && b->c[0] == 1.5)",
        "if (!a || b->c[0] == 1.5)",
        "if (!a && b->c[1] == 1.5)",
        "if (!a && b->c[0] != 1.5)",
        "if (!a && b->c[0] == 2.5)",
    ],
    "a[b[i]].c += 1000;": ["a[b[i]].c = 1000;", "a[b[i]].c -= 1000;", "a[b[i]].c += 2000;", ";"],
    "f(a,\n  b);": [";"],
    "const real a = 0x1.8p-3f;": ["const real a = 0x1.8p-2f;"],
    "return f(a);": [],
    "// a < 1\n#define A 1\n/* a - 1 */ real a __attribute__((aligned(64)));": [],
}


@pytest.mark.parametrize("text", IN_PYTHON)
def test_changes_of_python(text: str) -> None:
    changed = [change.apply(text) for change in python.changes(text)]
    assert sorted(changed) == sorted(IN_PYTHON[text])
    for other in changed:
        assert ast.dump(ast.parse(other)) != ast.dump(ast.parse(text))


@pytest.mark.parametrize("text", UNCHANGED)
def test_what_nobody_runs_is_left_alone(text: str) -> None:
    assert python.changes(text) == []


def test_what_an_error_says_is_left_alone() -> None:
    assert [change.after for change in python.changes("raise A('b', c < 1) from d")] == ["pass"]


@pytest.mark.parametrize("text", IN_C)
def test_changes_of_c(text: str) -> None:
    changed = [change.apply(f"  {text}\n").strip() for change in c.changes(f"  {text}\n")]
    assert sorted(changed) == sorted(IN_C[text])


def test_tests_belong_to_every_file_by_hand() -> None:
    files = list(sample.files())
    assert "src/tracetorch/sequence/c/driver.h" in files and "codegen/write.py" in files
    assert "src/tracetorch/snn/lib.py" not in files
    for file in files:
        assert any(file.startswith(path) for path in BELONGS), file
    for path, words in BELONGS.items():
        assert any(file.startswith(path) for file in files), path
        for word in words.split():
            assert len(list((ROOT / "tests").rglob(f"test_{word}.py"))) == 1, word
    assert set(COLD) <= set(files)


def test_the_sample_is_the_same_for_the_same_seed() -> None:
    first, other = sample.draw(0, 30, "codegen/w"), sample.draw(1, 30, "codegen/w")
    assert first == sample.draw(0, 40, "codegen/w")[:30] and first != other
    assert len(set(first)) == 30 and {mutant.file for mutant in first} == {"codegen/write.py"}


def test_the_changes_that_make_no_difference_are_still_changes() -> None:
    for file in {difference.file for difference in sample.equivalent()}:
        found = {mutant.difference for mutant in sample.mutants(file)}
        for difference, reason in sample.equivalent().items():
            assert difference.file != file or (difference in found and reason), str(difference)


def test_the_changes_chosen_by_hand_still_fit() -> None:
    for mutant in specs.MUTANTS:
        text = (ROOT / mutant.file).read_text(encoding="utf-8")
        assert mutant.apply(text) != text
