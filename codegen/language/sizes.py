"""Sizes as polynomials of the arguments of a layer, to find which are equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from .constants import Samples
from .expressions import Call, Expression, Name, Negative, Number, Operation

Monomial = tuple["Atom", ...]
"""The factors of a product, in order."""


@dataclass(frozen=True)
class Polynomial:
    """A sum of products of sizes.

    Coefficients may be fractions, for the parts of `chunk`; PyTorch raises an error if a size is
    not divisible.
    """

    terms: tuple[tuple[Monomial, Fraction], ...]

    def __add__(self, other: Polynomial) -> Polynomial:
        return _polynomial((*self.terms, *other.terms))

    def __neg__(self) -> Polynomial:
        return self / -1

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + -other

    def __mul__(self, other: Polynomial) -> Polynomial:
        pairs = product(self.terms, other.terms)
        return _polynomial(((*a, *b), x * y) for (a, x), (b, y) in pairs)

    def __floordiv__(self, other: Polynomial) -> Polynomial:
        number = other.constant
        if number:
            exact = self / int(number)
            if exact.is_whole:
                return exact
        return _polynomial([((Opaque("//", self, other),), Fraction(1))])

    def __truediv__(self, number: int) -> Polynomial:
        return Polynomial(tuple((atoms, factor / number) for atoms, factor in self.terms))

    def __str__(self) -> str:
        text = " + ".join(_text(*term) for term in self.terms).replace("+ -", "- ")
        return text or "0"

    @property
    def constant(self) -> Fraction | None:
        """Its value if it does not depend on sizes, else None."""
        if not self.terms:
            return Fraction(0)
        atoms, value = self.terms[0]  # a constant is the last term
        return None if atoms else value

    @property
    def is_whole(self) -> bool:
        """Whether it is no fraction, for all values of the sizes."""
        return all(factor.denominator == 1 for _, factor in self.terms)

    @property
    def grows(self) -> bool:
        """Whether it is smallest where all sizes are, so that a sample of these shows its minimum."""
        return all(factor > 0 for atoms, factor in self.terms if atoms) and all(
            isinstance(atom, str) for atom in self.atoms()
        )

    @property
    def is_never_whole(self) -> bool:
        """Whether it is a fraction for all values of the sizes."""
        fractions = [atoms for atoms, factor in self.terms if factor.denominator != 1]
        return fractions == [()]

    def value(self, sizes: Mapping[str, int]) -> Fraction:
        total = Fraction(0)
        for atoms, factor in self.terms:
            for atom in atoms:
                factor *= sizes[atom] if isinstance(atom, str) else atom.value(sizes)
            total += factor
        return total

    def atoms(self) -> Iterator[Atom]:
        """Yield the sizes and functions of sizes in it."""
        for atoms, _ in self.terms:
            yield from atoms

    def names(self) -> set[str]:
        """Return the sizes in it."""
        found = set[str]()
        for atom in self.atoms():
            found |= {atom} if isinstance(atom, str) else atom.left.names() | atom.right.names()
        return found


@dataclass(frozen=True)
class Opaque:
    """A function of sizes that is not a polynomial: `max(a, b)`, or `a // b`."""

    function: str
    left: Polynomial
    right: Polynomial

    def value(self, sizes: Mapping[str, int]) -> Fraction:
        left, right = self.left.value(sizes), self.right.value(sizes)
        return max(left, right) if self.function == "max" else Fraction(left // right)

    def __str__(self) -> str:
        if self.function == "max":
            return f"max({self.left}, {self.right})"
        left = f"({self.left})" if len(self.left.terms) > 1 else str(self.left)
        right = f"({self.right})" if " " in str(self.right) else str(self.right)
        return f"{left} // {right}"


Atom = str | Opaque

ZERO = Polynomial(())
ONE = Polynomial((((), Fraction(1)),))


def size_of(expression: Expression) -> Polynomial:
    """Convert an expression to a polynomial."""
    match expression:
        case Number(int() as value):
            return _polynomial([((), Fraction(value))])
        case Name(name):
            return _polynomial([((name,), Fraction(1))])
        case Negative(operand):
            return -size_of(operand)
        case Operation(left, "+", right):
            return size_of(left) + size_of(right)
        case Operation(left, "-", right):
            return size_of(left) - size_of(right)
        case Operation(left, "*", right):
            return size_of(left) * size_of(right)
        case Operation(left, "//", right):
            return size_of(left) // size_of(right)
        case Call("max", (left, right)):
            return _polynomial([((Opaque("max", size_of(left), size_of(right)),), Fraction(1))])
    raise NotImplementedError(expression)


def are_equal(left: Polynomial, right: Polynomial, samples: Samples) -> bool:
    """Whether two sizes are equal; with `//` and `max`, whether they are for some sample values."""
    difference = left - right
    if all(isinstance(atom, str) for atom in difference.atoms()):
        return not difference.terms
    names = sorted(difference.names())
    assignments = product(*(samples[name] for name in names))
    return any(difference.value(dict(zip(names, values))) == 0 for values in assignments)


def _polynomial(terms: Iterable[tuple[Monomial, Fraction]]) -> Polynomial:
    """Return a polynomial in normal form: each product once, in order, without zeros."""
    sums: dict[Monomial, Fraction] = {}
    for atoms, factor in terms:
        atoms = tuple(sorted(atoms, key=str))
        sums[atoms] = sums.get(atoms, Fraction(0)) + factor
    kept = [(atoms, factor) for atoms, factor in sums.items() if factor]
    return Polynomial(tuple(sorted(kept, key=lambda term: (-len(term[0]), str(term[0])))))


def _text(atoms: Monomial, factor: Fraction) -> str:
    if not atoms:
        return str(factor)
    first = str(atoms[0]) if factor.numerator == 1 else _factor(atoms[0])
    product = " * ".join([first, *map(_factor, atoms[1:])])
    if abs(factor.numerator) != 1:
        product = f"{abs(factor.numerator)} * {product}"
    below = f" / {factor.denominator}" if factor.denominator != 1 else ""
    return f"{'-' * (factor < 0)}{product}{below}"


def _factor(atom: Atom) -> str:
    """Return the text of a factor, in parentheses if it is a quotient."""
    return f"({atom})" if isinstance(atom, Opaque) and atom.function == "//" else str(atom)
