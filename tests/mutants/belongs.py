"""Which tests are the first to notice a change to a file, the fastest first.

The longest path that a file begins with counts. A word stands for `tests/test_<word>.py`.
"""

BELONGS = {
    "src/tracetorch/": "directions documentation",
    "src/tracetorch/core/": "parameters states citizens",
    "src/tracetorch/core/memory.py": "states transforms",
    "src/tracetorch/functional/": "functional unroll",
    "src/tracetorch/functional/constraints.py": "functional parameters",
    "src/tracetorch/plot.py": "plot",
    "src/tracetorch/rnn/": "rnn states",
    "src/tracetorch/sequence/": "plan unroll",
    "src/tracetorch/sequence/build.py": "kernels plan",
    "src/tracetorch/sequence/chain.py": "forwards plan",
    "src/tracetorch/sequence/cuda.py": "triton",
    "src/tracetorch/sequence/driver.h": "kernels unroll",
    "src/tracetorch/sequence/driver.py": "triton",
    "src/tracetorch/sequence/forward.py": "forwards plan",
    "src/tracetorch/sequence/language.h": "kernels unroll",
    "src/tracetorch/sequence/language.py": "triton",
    "src/tracetorch/sequence/layout.py": "unroll triton",
    "src/tracetorch/snn/": "parameters laws",
    "src/tracetorch/snn/flex.py": "flex against_reference",
    "src/tracetorch/ssm/": "ssm states",
    "codegen/": "expressions spec_errors extensions writer schema",
    "codegen/__main__.py": "writer extensions schema",
    "codegen/c.py": "kernels writer extensions",
    "codegen/derivatives.py": "kernels writer",
    "codegen/docstrings.py": "writer spec_errors documentation extensions",
    "codegen/gradient.py": "kernels writer extensions",
    "codegen/kernels.py": "kernels writer extensions",
    "codegen/latex.py": "latex layer_pages",
    "codegen/listing.py": "writer extensions layer_pages",
    "codegen/pages.py": "layer_pages pages",
    "codegen/picture.py": "directions layer_pages",
    "codegen/provenance.py": "writer directions",
    "codegen/triton.py": "kernels writer triton",
    "codegen/write.py": "writer extensions",
}

COLD = ("src/tracetorch/sequence/build.py",)
"""Files that decide how kernels are compiled and kept: their changes start without any compiled."""
