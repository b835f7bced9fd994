"""The layers of a family as a picture: lines connect layers that differ by one letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

from .. import grammar
from ..grammar import Member
from ..model import Family, Package

_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""The colours of the letters, in order; suitable for colour-blind readers (Okabe and Ito 2008)."""

_COLUMN, _ROW, _WIDTH, _HEIGHT = 92, 66, 80, 30


def lattice(family: Family, package: Package) -> str:
    """Return an SVG of one family: its name at the top, one more letter in each row."""
    members = list(grammar.members(package, family))
    places = {_letters(member): place for member, place in zip(members, _places(members))}
    rows = 1 + max(map(len, places))
    width = 2 * max(abs(x) for x, _ in places.values()) + _WIDTH + 4
    size = f"{-width / 2:g} -4 {width:g} {(rows - 1) * _ROW + _HEIGHT + 8:g}"
    parts = [
        f'<svg class="lattice" viewBox="{size}" width="{width:g}" role="img" '
        f'aria-label="{family.name} and its prefixes">',
        *_edges(package, places),
        *(_node(member, *places[_letters(member)]) for member in members),
        "</svg>",
    ]
    return "\n".join(parts)


def color(letter: str, package: Package) -> str:
    """Return the colour of a letter."""
    letters = [prefix.letter for prefix in package.prefixes]
    return _COLORS[letters.index(letter) % len(_COLORS)]


def _places(members: Sequence[Member]) -> Iterator[tuple[float, float]]:
    """Yield the position of each member, with equally many letters in each row."""
    rows = [len(member.prefixes) for member in members]
    before = Counter[int]()
    for row in rows:
        yield (before[row] - (rows.count(row) - 1) / 2) * _COLUMN, row * _ROW
        before[row] += 1


def _edges(package: Package, places: dict[frozenset[str], tuple[float, float]]) -> Iterator[str]:
    for fewer, more in combinations(sorted(places, key=len), 2):
        if len(fewer ^ more) == 1:
            (letter,) = more - fewer
            (x1, y1), (x2, y2) = places[fewer], places[more]
            yield (
                f'<line x1="{x1:g}" y1="{y1 + _HEIGHT:g}" x2="{x2:g}" y2="{y2:g}" '
                f'stroke="{color(letter, package)}"/>'
            )


def _node(member: Member, x: float, y: float) -> str:
    name = member.name
    return (
        f'<a href="{name.lower()}.html"><title>{name}</title>'
        f'<rect x="{x - _WIDTH / 2:g}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>'
        f'<text x="{x:g}" y="{y + _HEIGHT / 2:g}">{name}</text></a>'
    )


def _letters(member: Member) -> frozenset[str]:
    return frozenset(prefix.letter for prefix in member.prefixes)
