"""How the spike functions and quantizers of a file are read, and what is refused in them.

The texts in `golden/functional.txt` are read by a person before they are committed.
"""

from __future__ import annotations

from pathlib import Path

from codegen.language.expressions import to_python
from codegen.reading.functional import read_functional
from codegen.reading.problems import Notes
from codegen.reading.yaml_file import YamlFile
from tests.support.reviewed import assert_as_reviewed

GOLDEN = Path(__file__).parent / "golden" / "functional.txt"
SPEC = """
package: {doc: Functions}
spikes:
  plain: {doc: p, source: a paper, value: sigmoid(x)}
  several:
    doc: s
    source: another
    numbers: {a: {default: 2, doc: one}, b: {default: 0.5, doc: two}}
    update: [y = a * x, z = y - b]
    value: y * z
  by_update: {doc: u, source: s, update: [y = exp(x)], value: y + 1}
  zero: {doc: z, source: s, numbers: {a: {default: 0, doc: d}}, value: a * x}
  below: {doc: z, source: s, numbers: {a: {default: -0.5, doc: d}}, value: a * x}
  small: {doc: z, source: s, numbers: {a: {default: 0.001, doc: d}}, value: a * x}
  number_of_a_name: {doc: n, source: s, numbers: {plain: {default: 1, doc: d}}, value: plain * x}
  number_of_itself: {doc: n, source: s, numbers: {number_of_itself: {default: 1, doc: d}}, value: x}
  numbers_that_are_taken:
    doc: n
    source: s
    numbers: {noise: {default: 1, doc: d}, exp: {default: 1, doc: d}, prev_a: {default: 1, doc: d}}
    value: x
  a_number_for_a_tensor: {doc: n, source: s, numbers: {a: {default: 1, doc: d}}, value: x + exp(a)}
  noisy: {doc: n, source: s, value: x + noise}
  of_no_input: {doc: n, source: s, numbers: {a: {default: 1, doc: d}}, value: a}
  of_an_update: {doc: n, source: s, update: [y = x], value: "2"}
  mixing: {doc: m, source: s, value: "x + sum(x, -1) + chunk(x, 2)"}
  previous: {doc: p, source: s, value: x + prev_x + prev_output}
  drawn: {doc: p, source: s, value: x + rand_like(x)}
  sets: {doc: s, source: s, numbers: {a: {default: 1, doc: d}},
    update: [x = 2 * x, noise = x, a = x, b = 2, c = d, d = x], value: x + b + c + d}
  unread: {doc: u, source: s, update: [a = x, b = 2 * x], value: x + b}
  exp: {doc: e, source: s, value: x}
  1a: {doc: e, source: s, value: x}
  unsourced: {doc: e, value: x}
  unread_after_a_problem: {doc: u, source: s, update: [a = x], value: y}
quantizers:
  identity: {doc: i, value: x}
  random:
    doc: r
    numbers: {width: {default: 3, doc: s}}
    update: [low = floor(x / width)]
    value: low + mask(noise < width)
  noise_alone: {doc: r, value: 2 * noise}
  sets_noise: {doc: r, update: [noise = x], value: noise + x}
  plain: {doc: p, value: x}
  sourced: {doc: p, source: s, value: x}
"""


def test_functions_are_as_reviewed(tmp_path: Path) -> None:
    path, notes = tmp_path / "functional.yaml", Notes()
    path.write_text(SPEC, encoding="utf-8")
    made = read_functional(YamlFile(path, notes))
    text = f"{made.doc}\n"
    for kind, functions in (("spike", made.spikes), ("quantizer", made.quantizers)):
        for function in functions:
            text += f"{kind} {function.name}: {function.doc}, {function.source!r}"
            text += ", random\n" if function.is_random else "\n"
            for number in function.numbers:
                text += f"    {number.name} = {number.default!r}: {number.doc}\n"
            for statement in function.statements:
                text += f"    {', '.join(statement.targets)} = {to_python(statement.expression)}\n"
    lines = SPEC.splitlines()
    for problem in notes.problems:
        where = f"{lines[problem.location.line - 1].strip()[:30]}:{problem.location.column}"
        text += f"{where}: {problem.message} = {problem.hint[:90]}\n"
    assert_as_reviewed(text, GOLDEN)
