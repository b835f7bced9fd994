"""Which tests are the first to notice a change to a file, the fastest first.

The longest path that a file begins with counts. A word stands for the file `test_<word>.py`.
"""

from functools import cache
from pathlib import Path

BELONGS = {
    "src/tracetorch/": "directions documentation",
    "src/tracetorch/core/": "parameters states refusals defaults citizens",
    "src/tracetorch/core/dropout.py": "dropout",
    "src/tracetorch/core/groups.py": "groups",
    "src/tracetorch/core/inputs.py": "refusals",
    "src/tracetorch/core/lags.py": "lags",
    "src/tracetorch/core/memory.py": "states threads transforms",
    "src/tracetorch/core/normalisation.py": "normalisation",
    "src/tracetorch/core/parameters.py": "parameters defaults states citizens",
    "src/tracetorch/core/stateless.py": "threads refusals transforms",
    "src/tracetorch/functional/": "functional unroll",
    "src/tracetorch/functional/constraints.py": "functional parameters",
    "src/tracetorch/plot.py": "plot",
    "src/tracetorch/rnn/": "rnn states",
    "src/tracetorch/sequence/": "plan unroll",
    "src/tracetorch/sequence/c/build.py": "build",
    "src/tracetorch/sequence/plan/direct.py": "direct",
    "src/tracetorch/sequence/plan/foreign.py": "foreign",
    "src/tracetorch/sequence/plan/lookups.py": "lookups forwards",
    "src/tracetorch/sequence/plan/over_time.py": "direct forwards drawn_forwards",
    "src/tracetorch/sequence/plan/chain.py": "forwards plan hooks whole hand_written",
    "src/tracetorch/sequence/call.py": "stale_kernels unroll triton",
    "src/tracetorch/sequence/choice.py": "stale_kernels hooks noise plan recurrences unroll",
    "src/tracetorch/sequence/c/compiler.py": "build",
    "src/tracetorch/sequence/c/run.py": "stale_kernels timestep blocks unroll",
    "src/tracetorch/sequence/triton/products.py": "triton",
    "src/tracetorch/sequence/triton/recurrence.py": "triton",
    "src/tracetorch/sequence/triton/recurrence_driver.py": "triton",
    "src/tracetorch/sequence/triton/run.py": "triton",
    "src/tracetorch/sequence/c/driver.h": "kernels blocks timestep unroll",
    "src/tracetorch/sequence/c/products.h": "recurrences",
    "src/tracetorch/sequence/c/recurrence": "recurrences",
    "src/tracetorch/sequence/c/threads.h": "recurrences unroll",
    "src/tracetorch/sequence/recurrence": "recurrences",
    "src/tracetorch/sequence/triton/driver.py": "triton",
    "src/tracetorch/sequence/plan/": "forwards lookups plan drawn_forwards",
    "src/tracetorch/sequence/front.py": "plan forwards unroll refusals",
    "src/tracetorch/sequence/steps.py": "plan forwards record unroll",
    "src/tracetorch/sequence/kernel.py": "stale_kernels kernel_names plan recurrences",
    "src/tracetorch/sequence/c/language.h": "kernels unroll",
    "src/tracetorch/sequence/triton/language.py": "triton",
    "src/tracetorch/sequence/layer.py": "noise unroll blocks",
    "src/tracetorch/sequence/modules.py": "hooks transforms",
    "src/tracetorch/sequence/once.py": "build",
    "src/tracetorch/sequence/operator.py": "refusals plan unroll",
    "src/tracetorch/sequence/plan/recorded.py": "record",
    "src/tracetorch/sequence/plan/whole.py": "whole lags normalisation plan",
    "src/tracetorch/sequence/record.py": "record",
    "src/tracetorch/sequence/timestep.py": "timestep stale_kernels",
    "src/tracetorch/snn/": "parameters laws",
    "src/tracetorch/snn/flex.py": "flex against_reference",
    "src/tracetorch/ssm/": "ssm states",
    "codegen/": "expressions spec_errors extensions writer schema",
    "codegen/language/constants.py": "spec_errors shapes extensions",
    "codegen/language/formula.py": "latex expressions",
    "codegen/language/instead.py": "expressions spec_errors",
    "codegen/reading/shapes.py": "shapes spec_errors extensions",
    "codegen/language/sizes.py": "shapes spec_errors extensions",
    "codegen/classes/source.py": "writer spec_errors extensions own_constraints",
    "codegen/classes/trial.py": "extensions neurons",
    "codegen/__main__.py": "writer extensions schema",
    "codegen/kernels/c.py": "language kernels kernel_names writer",
    "codegen/language/derivatives.py": "kernels language writer",
    "codegen/classes/docstrings.py": "writer spec_errors documentation extensions",
    "codegen/kernels/gradient.py": "kernels drawn_layers writer",
    "codegen/reading/functional.py": "own_spikes spec_errors writer",
    "codegen/kernels/blocks.py": "triton",
    "codegen/kernels/nests.py": "recurrences kernel_names",
    "codegen/kernels/rows.py": "recurrences kernel_names",
    "codegen/kernels/kernel.py": "kernel_names noise stale_kernels writer",
    "codegen/documentation/latex.py": "latex language layer_pages",
    "codegen/classes/listing.py": "writer extensions layer_pages",
    "codegen/documentation/pages.py": "layer_pages pages",
    "codegen/documentation/picture.py": "directions layer_pages",
    "codegen/provenance.py": "provenance writer",
    "codegen/kernels/inline.py": "parts",
    "codegen/kernels/parts.py": "parts",
    "codegen/kernels/recurrence.py": "parts",
    "codegen/kernels/sequence.py": "parts",
    "codegen/kernels/single.py": "parts",
    "codegen/kernels/split.py": "parts",
    "codegen/kernels/values.py": "parts",
    "codegen/kernels/triton.py": "kernels writer triton",
    "codegen/write.py": "writer provenance extensions",
}

COLD = tuple(f"src/tracetorch/sequence/{name}.py" for name in ("c/build", "c/compiler", "once"))
"""Files that decide how kernels are compiled and kept: their changes start without any compiled."""


@cache
def file_of(word: str) -> str:
    """The path, from the root of the project, of the tests that a word stands for."""
    tests = Path(__file__).parents[1]
    (path,) = tests.rglob(f"test_{word}.py")
    return path.relative_to(tests.parent).as_posix()
