"""Run as `make mutants`, or as `python -m tests.mutants --only code --seed 1 --sample 20 --file codegen/`.

Changes to the code meet mypy first, as in `make test`, then the tests that belong to their file.
Those that none of them notices meet all other tests; none is left out, since few changes come so
far. The fastest files run first.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeVar

from tqdm import tqdm

from . import sample, specs
from .trees import Tree

WANTED = 0.97
"""Which part of the changes to the code must be noticed; of those to the specs, all."""


class Mutant(Protocol):
    @property
    def what(self) -> str: ...

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests that should notice it."""

    def make(self, tree: Tree) -> bool:
        """Whether it could be made in a copy of the project, or was noticed in doing so."""


M = TypeVar("M", bound=Mutant)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", choices=("specs", "code"), help="one of the two parts")
    parser.add_argument("--seed", type=int, default=0, help="of the sample of changes to the code")
    parser.add_argument("--sample", type=int, default=200, metavar="N", help="how many changes")
    parser.add_argument("--file", default="", help="the file, or the folder, that they are in")
    chosen = parser.parse_args()
    passed = True
    drawn = sample.draw(chosen.seed, chosen.sample, chosen.file)
    with tempfile.TemporaryDirectory() as folder:
        original = Tree(Path(folder))
        if chosen.only != "code":
            passed &= check_specs(original)
        if chosen.only != "specs":
            passed &= check_code(original, drawn)
    return 0 if passed else 1


def check_specs(original: Tree) -> bool:
    tests = {test for mutant in specs.MUTANTS for test in mutant.tests}
    survivors = surviving(original, specs.MUTANTS, by_tests(original.seconds(sorted(tests))))
    return report("specs", len(specs.MUTANTS), survivors, wanted=1)


def check_code(original: Tree, drawn: Sequence[sample.Mutant]) -> bool:
    own = {test for mutant in drawn for test in mutant.tests}
    seconds = original.seconds(sorted(own))
    if original.misfits_types():
        raise RuntimeError("mypy fails on the project as it is")
    tests_notice: Callable[[Tree, sample.Mutant], bool] = by_tests(seconds)
    survivors = surviving(
        original, drawn, lambda tree, mutant: tree.misfits_types() or tests_notice(tree, mutant)
    )
    if survivors:
        report("code, by its types and the tests that belong to it", len(drawn), survivors, WANTED)
        seconds = original.seconds(all_tests(original))

        def others(mutant: sample.Mutant) -> list[str]:
            return sorted(seconds.keys() - mutant.tests)

        survivors = surviving(original, survivors, by_tests(seconds, others))
    return report("code", len(drawn), survivors, WANTED)


def all_tests(original: Tree) -> list[str]:
    """All but the test of the mutants themselves, which knows lines of the code by heart."""
    paths = (original.project / "tests").rglob("test_*.py")
    names = sorted(path.relative_to(original.project).as_posix() for path in paths)
    return [name for name in names if name != "tests/test_mutants.py"]


def by_tests(
    seconds: dict[str, float],
    tests_of: Callable[[M], Sequence[str]] = lambda mutant: mutant.tests,
) -> Callable[[Tree, M], bool]:
    """What runs the tests of a mutant, those of the fastest files first."""

    def notices(tree: Tree, mutant: M) -> bool:
        tests = sorted(tests_of(mutant), key=lambda test: seconds[test.partition("::")[0]])
        expected = sum(seconds[test.partition("::")[0]] for test in tests)
        return tree.notices(tests, timeout=60 + 5 * expected)

    return notices


def surviving(original: Tree, mutants: Sequence[M], notices: Callable[[Tree, M], bool]) -> list[M]:
    """The mutants that are not noticed."""

    def is_noticed(mutant: M) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            tree = Tree(Path(folder), original)
            noticed = not mutant.make(tree) or notices(tree, mutant)
        if not noticed:  # said at once, since all of them take hours
            tqdm.write(f"\nnot noticed: {mutant.what}")
        return noticed

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        noticed = list(tqdm(pool.map(is_noticed, mutants), total=len(mutants), desc="mutants"))
    return [mutant for mutant, was_noticed in zip(mutants, noticed) if not was_noticed]


def report(name: str, count: int, survivors: Sequence[Mutant], wanted: float) -> bool:
    """Print the score and the survivors; whether the score is enough."""
    noticed = count - len(survivors)
    print(f"{name}: {noticed} of {count} mutants noticed, {noticed / max(count, 1):.1%}")
    for mutant in survivors:
        print(f"\nsurvived: {mutant.what}")
    return noticed >= wanted * count


if __name__ == "__main__":
    sys.exit(main())
