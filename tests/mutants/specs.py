"""Changes to the specs, the derivative rules and the C, chosen by hand: each must make a test fail."""

from __future__ import annotations

import re
from dataclasses import dataclass

from codegen.language.derivatives import OPERATORS
from codegen.language.functions import FUNCTIONS

from .trees import Tree

FAST_TESTS = (
    "tests/layers/test_hand_traces.py",
    "tests/layers/test_recorded.py",
    "tests/layers/test_laws.py",
    "tests/layers/test_parameters.py",
    "tests/layers/test_states.py",
    "tests/layers/test_rnn.py",
    "tests/layers/test_ssm.py",
    "tests/layers/test_against_reference.py",
)


DECLARED = ("tests/nir/test_declared.py",)


_NOTICED = "nothing (reads|sets|calls)|its node reads|no field of its node gives|unknown layer"
"""What the generator says of changes that it notices by itself."""


@dataclass(frozen=True)
class Mutant:
    """A text, which must stand once in a file or in a section of it, and what it becomes."""

    what: str
    old: str
    new: str
    file: str = "spec/snn.yaml"
    within: str = ""
    """The heading of that section."""
    tests: tuple[str, ...] = FAST_TESTS

    def apply(self, text: str) -> str:
        section = text
        if self.within:
            found = re.search(rf"^{self.within}\n(?:   .*\n)*", text, re.MULTILINE)
            section = found[0] if found else ""
        if section.count(self.old) != 1:
            raise ValueError(f"{self.file} does not hold once what {self.what!r} changes")
        return text.replace(section, section.replace(self.old, self.new))

    def make(self, tree: Tree) -> bool:
        """Change the file, and generate the library anew.

        Returns:
            Whether the generator took it.
        """
        path = tree.project / self.file
        path.write_text(self.apply(path.read_text(encoding="utf-8")), encoding="utf-8")
        status, written = tree.call("codegen", "generate")
        if re.search(f"error: (in [A-Z]+, )?({_NOTICED})", written):
            return False
        is_same = self.file.startswith("spec/snn") and "0 new, 0 changed, 0 removed" in written
        if status != 0 or is_same:
            raise ValueError(f"{self.what}: this changes nothing, or is no spec\n{written}")
        return True


LIB, LIT, LITS, LI, LIEMA = ("  LIB:", "  LIT:", "  LITS:", "  LI:", "  LIEMA:")
D, S, R = ("  D:", "  S:", "  R:")
RNN, SIMPLE, LSTM, GRU = ("spec/rnn.yaml", "  SimpleRNN:", "  LSTM:", "  GRU:")
SSM, S4, S5, S6, MAMBA = ("spec/ssm.yaml", "  S4:", "  S5:", "  S6:", "  Mamba:")

MUTANTS: tuple[Mutant, ...] = (
    # Firing
    Mutant("LIB adds the threshold", "mem - threshold", "mem + threshold", within=LIB),
    Mutant("LIB subtracts the bias", "threshold + bias", "threshold - bias", within=LIB),
    Mutant("LIB ignores the bias", "threshold + bias", "threshold", within=LIB),
    Mutant("LIB fires downwards", "spike_fn(mem", "spike_fn(-mem", within=LIB),
    Mutant(
        "LIB does not quantize",
        "quant_fn(spike_fn(mem - threshold + bias))",
        "spike_fn(mem - threshold + bias)",
        within=LIB,
    ),
    Mutant(
        "LIB quantizes twice",
        "quant_fn(spike_fn(mem - threshold + bias))",
        "quant_fn(quant_fn(spike_fn(mem - threshold + bias)))",
        within=LIB,
    ),
    Mutant("LIB quantizes the membrane", "quant_fn(spike_fn(", "spike_fn(quant_fn(", within=LIB),
    Mutant(
        "LIT fires downwards at the wrong bias",
        "neg_threshold - bias",
        "neg_threshold + bias",
        within=LIT,
    ),
    Mutant(
        "LIT adds the positive bias the wrong way",
        "pos_threshold + bias",
        "pos_threshold - bias",
        within=LIT,
    ),
    Mutant(
        "LIT has no minus before its negative spikes",
        "neg_spikes = -quant_fn",
        "neg_spikes = quant_fn",
        within=LIT,
    ),
    Mutant(
        "LIT swaps its thresholds",
        "mem - pos_threshold + bias",
        "mem - neg_threshold + bias",
        within=LIT,
    ),
    Mutant(
        "LIT fires downwards at the positive threshold",
        "-mem - neg_threshold",
        "-mem - pos_threshold",
        within=LIT,
    ),
    Mutant(
        "LIT draws its negative spikes first",
        "      - pos_spikes = quant_fn(spike_fn(mem - pos_threshold + bias))\n      - neg_spikes = -quant_fn(spike_fn(-mem - neg_threshold - bias))",
        "      - neg_spikes = -quant_fn(spike_fn(-mem - neg_threshold - bias))\n      - pos_spikes = quant_fn(spike_fn(mem - pos_threshold + bias))",
        within=LIT,
    ),
    # Reset
    Mutant("LIB does not reset", "    reset: spikes * threshold\n", "", within=LIB),
    Mutant(
        "LIB resets by the spike alone", "reset: spikes * threshold", "reset: spikes", within=LIB
    ),
    Mutant(
        "LIB resets by the threshold alone",
        "reset: spikes * threshold",
        "reset: threshold",
        within=LIB,
    ),
    Mutant(
        "LIB resets upwards", "reset: spikes * threshold", "reset: -spikes * threshold", within=LIB
    ),
    Mutant("LIB resets to zero", "reset: spikes * threshold", "reset: spikes * mem", within=LIB),
    Mutant(
        "LIT resets upwards after a negative spike",
        "+ neg_spikes * neg_threshold",
        "- neg_spikes * neg_threshold",
        within=LIT,
    ),
    Mutant(
        "LIT resets by the other threshold",
        "neg_spikes * neg_threshold",
        "neg_spikes * pos_threshold",
        within=LIT,
    ),
    Mutant(
        "LIT resets after positive spikes only",
        "pos_threshold + neg_spikes * neg_threshold\n",
        "pos_threshold\n",
        within=LIT,
    ),
    Mutant(
        "LITS resets by the scaled positive spikes",
        "reset: pos_spikes * pos_threshold",
        "reset: pos_spikes * pos_scale * pos_threshold",
        within=LITS,
    ),
    Mutant(
        "LITS resets by the scaled negative spikes",
        "neg_spikes * neg_threshold\n",
        "neg_spikes * neg_scale * neg_threshold\n",
        within=LITS,
    ),
    Mutant(
        "one branch takes the whole reset",
        "pos: {function: positive, reset_share: 0.5}\n      neg: {function: negative, reset_share: 0.5}",
        "pos: {function: positive, reset_share: 1.0}\n      neg: {function: negative, reset_share: 0.0}",
    ),
    Mutant(
        "the branches share a reset unequally",
        "pos: {function: positive, reset_share: 0.5}\n      neg: {function: negative, reset_share: 0.5}",
        "pos: {function: positive, reset_share: 0.4}\n      neg: {function: negative, reset_share: 0.6}",
    ),
    # Output
    Mutant(
        "LIT returns the difference",
        "output: pos_spikes + neg_spikes",
        "output: pos_spikes - neg_spikes",
        within=LIT,
    ),
    Mutant(
        "LITS swaps its scales",
        "pos_spikes * pos_scale + neg_spikes * neg_scale",
        "pos_spikes * neg_scale + neg_spikes * pos_scale",
        within=LITS,
    ),
    Mutant(
        "LITS subtracts the scaled negative spikes",
        "+ neg_spikes * neg_scale",
        "- neg_spikes * neg_scale",
        within=LITS,
    ),
    Mutant(
        "LITS leaves its negative spikes unscaled",
        "+ neg_spikes * neg_scale",
        "+ neg_spikes",
        within=LITS,
    ),
    Mutant("LI adds its input again", "output: mem", "output: mem + x", within=LI),
    Mutant("LIEMA returns the membrane negated", "output: mem", "output: -mem", within=LIEMA),
    Mutant("LIB returns the membrane", "output: spikes", "output: mem", within=LIB),
    # Traces
    Mutant("the synapse does not average", "input: x, average: true", "input: x", within=S),
    Mutant(
        "the recurrent trace does not average",
        "input: prev_output, average: true",
        "input: prev_output",
        within=R,
    ),
    Mutant("LIEMA does not average", "input: x, average: true", "input: x", within=LIEMA),
    Mutant(
        "LI averages",
        "input: x, doc: membrane",
        "input: x, average: true, doc: membrane",
        within=LI,
    ),
    Mutant(
        "LIB averages",
        "input: x, doc: membrane",
        "input: x, average: true, doc: membrane",
        within=LIB,
    ),
    Mutant("the synapse decays with beta", "decay: alpha", "decay: beta", within=S),
    Mutant("the membrane of LIB decays with gamma", "decay: beta", "decay: gamma", within=LIB),
    Mutant("the recurrent trace decays with beta", "decay: gamma", "decay: beta", within=R),
    Mutant(
        "the membrane hears the input past the synapse",
        "    replaces: {x: syn}\n",
        "    drive: rec_weight * syn\n",
        within=S,
    ),
    Mutant(
        "the recurrent trace is weighted by its decay",
        "drive: rec_weight * rec",
        "drive: gamma * rec",
        within=R,
    ),
    Mutant(
        "the branches swap what they hear",
        "pos: {function: positive, reset_share: 0.5}\n      neg: {function: negative, reset_share: 0.5}",
        "pos: {function: negative, reset_share: 0.5}\n      neg: {function: positive, reset_share: 0.5}",
    ),
    Mutant(
        "both branches hear what is positive",
        "neg: {function: negative",
        "neg: {function: positive",
    ),
    Mutant(
        "the branches change places",
        "      pos: {function: positive, reset_share: 0.5}\n      neg: {function: negative, reset_share: 0.5}",
        "      neg: {function: negative, reset_share: 0.5}\n      pos: {function: positive, reset_share: 0.5}",
    ),
    # Parameters
    Mutant(
        "alpha has another default",
        "alpha: {constraint: decay, default: 0.5",
        "alpha: {constraint: decay, default: 0.6",
    ),
    Mutant(
        "beta has another default",
        "beta: {constraint: decay, default: 0.9",
        "beta: {constraint: decay, default: 0.95",
    ),
    Mutant(
        "rec_weight has another default",
        "rec_weight: {constraint: free, default: 0.0",
        "rec_weight: {constraint: free, default: 1.0",
    ),
    Mutant(
        "neg_scale has the sign in its default",
        "neg_scale: {constraint: free, default: 1.0",
        "neg_scale: {constraint: free, default: -1.0",
    ),
    Mutant("beta is a threshold", "beta: {constraint: decay", "beta: {constraint: threshold"),
    Mutant("gamma is free", "gamma: {constraint: decay", "gamma: {constraint: free"),
    Mutant(
        "neg_threshold is free",
        "neg_threshold: {constraint: threshold",
        "neg_threshold: {constraint: free",
    ),
    Mutant("bias is free", "bias: {constraint: bias", "bias: {constraint: free"),
    Mutant(
        "pos_scale is a threshold",
        "pos_scale: {constraint: free",
        "pos_scale: {constraint: threshold",
    ),
    Mutant(
        "decays are registered as thresholds",
        "decay: {register: _register_decay",
        "decay: {register: _register_threshold",
        file="spec/constraints.yaml",
    ),
    Mutant(
        "thresholds are registered as biases",
        "{register: _register_threshold",
        "{register: _register_bias",
        file="spec/constraints.yaml",
    ),
    Mutant("spike_fn defaults to the identity", "default: sigmoid4x", "default: identity"),
    Mutant("quant_fn defaults to sigmoid4x", "default: identity", "default: sigmoid4x"),
    # Recurrent layers
    Mutant("SimpleRNN joins in the other order", "cat(H, x)", "cat(x, H)", RNN, SIMPLE),
    Mutant("SimpleRNN squashes by a sigmoid", "H = tanh(", "H = sigmoid(", RNN, SIMPLE),
    Mutant("LSTM orders its gates like PyTorch", "i, f, o, g =", "i, f, g, o =", RNN, LSTM),
    Mutant("LSTM swaps two gates", "i, f, o, g =", "f, i, o, g =", RNN, LSTM),
    Mutant("LSTM does not squash its input", "sigmoid(i) * tanh(g)", "sigmoid(i) * g", RNN, LSTM),
    Mutant("LSTM returns its cell", "output: H", "output: C", RNN, LSTM),
    Mutant(
        "LSTM updates H from the old cell",
        "      - C = sigmoid(f) * C + sigmoid(i) * tanh(g)\n      - H = sigmoid(o) * tanh(C)",
        "      - H = sigmoid(o) * tanh(C)\n      - C = sigmoid(f) * C + sigmoid(i) * tanh(g)",
        RNN,
        LSTM,
    ),
    Mutant("GRU swaps its gates", "reset, update =", "update, reset =", RNN, GRU),
    Mutant(
        "GRU resets after the linear map",
        "candidate_layer(cat(H * reset, x))",
        "candidate_layer(cat(H, x)) * reset",
        RNN,
        GRU,
    ),
    Mutant(
        "GRU keeps what it should replace",
        "(1 - update) * H + update * candidate",
        "update * H + (1 - update) * candidate",
        RNN,
        GRU,
    ),
    # State-space layers
    Mutant("S4 grows", "A = -exp(A_log)", "A = exp(A_log)", SSM, S4),
    Mutant("S4 holds by Euler's rule", "expm1(dt_A) / A * drive", "dt_A / A * drive", SSM, S4),
    Mutant("S4 subtracts 1 in float32", "expm1(dt_A) / A", "(exp(dt_A) - 1) / A", SSM, S4),
    Mutant(
        "S4 forgets what passes by", "sum(state * C, -1) + D * x", "sum(state * C, -1)", SSM, S4
    ),
    Mutant(
        "S4 starts with equal decays",
        "initial: log(count(d_state))",
        "initial: log(d_state)",
        SSM,
        S4,
    ),
    Mutant("S5 drives by the decay", "drive = x @ B", "drive = x @ B * dt_A", SSM, S5),
    Mutant("S5 forgets what passes by", "global_state @ C + D * x", "global_state @ C", SSM, S5),
    Mutant("S6 swaps B and C", "dt_raw, B, C =", "dt_raw, C, B =", SSM, S6),
    Mutant(
        "S6 has raw timesteps", "dt = softplus(dt_proj(dt_raw))", "dt = dt_proj(dt_raw)", SSM, S6
    ),
    Mutant("S6 has another rank", "max(1, num_neurons // 16)", "max(1, num_neurons // 8)", SSM, S6),
    Mutant("S6 starts with longer timesteps", "bias: -2", "bias: -1", SSM, S6),
    Mutant("Mamba swaps main and gate", "main, gate =", "gate, main =", SSM, MAMBA),
    Mutant("Mamba convolves without bias", " + conv_bias", "", SSM, MAMBA),
    Mutant(
        "Mamba convolves what it saw before",
        "      - with: conv_buffer\n        do:\n          - conv_buffer = push(conv_buffer, main)\n          - main = sum(conv_buffer * conv_weights, -1) + conv_bias",
        "      - with: conv_buffer\n        do:\n          - main = sum(conv_buffer * conv_weights, -1) + conv_bias\n          - conv_buffer = push(conv_buffer, main)",
        SSM,
        MAMBA,
    ),
    Mutant(
        "Mamba is not smooth after the convolution", "      - main = silu(main)\n", "", SSM, MAMBA
    ),
    Mutant("Mamba gates linearly", "silu(gate)", "gate", SSM, MAMBA),
    Mutant("Mamba has no residual connection", " * silu(gate)) + x", " * silu(gate))", SSM, MAMBA),
    Mutant(
        "Mamba always convolves", "only_if: conv_kernel > 1", "only_if: conv_kernel > 0", SSM, MAMBA
    ),
    Mutant("Mamba weighs its past by 1", "initial: 1 / conv_kernel", "initial: 1", SSM, MAMBA),
    # Order and names
    Mutant(
        "beta comes before alpha",
        "  alpha: {constraint: decay, default: 0.5, doc: synaptic decay}\n  beta: {constraint: decay, default: 0.9, doc: membrane decay}",
        "  beta: {constraint: decay, default: 0.9, doc: membrane decay}\n  alpha: {constraint: decay, default: 0.5, doc: synaptic decay}",
    ),
    Mutant(
        "the recurrent trace hears the last input",
        "input: prev_output",
        "input: prev_x",
        within=R,
    ),
    Mutant("LIB takes no R", "prefixes: [D, S, R]", "prefixes: [D, S]", within=LIB),
    # Nodes for interchange
    Mutant(
        "the node of LIB is reset upwards",
        "v_reset: -bias}",
        "v_reset: bias}",
        within=LIB,
        tests=DECLARED,
    ),
    Mutant("the node of LIB averages", "r: 1 / (1 - beta)", "r: 1", within=LIB, tests=DECLARED),
    Mutant(
        "the node of LIB is reset to a value",
        "reset: subtract",
        "reset: set",
        within=LIB,
        tests=DECLARED,
    ),
    Mutant(
        "the nodes of LIT are reset by the threshold alone",
        "scale: -beta * pos_threshold",
        "scale: -pos_threshold",
        within=LIT,
        tests=DECLARED,
    ),
    Mutant(
        "the nodes of R skip the trace", "from: [rec]", "from: [output]", within=R, tests=DECLARED
    ),
    Mutant(
        "the threshold of LIB is that of its node",
        "threshold: v_threshold - v_reset",
        "threshold: v_threshold",
        within=LIB,
        tests=DECLARED,
    ),
)

KERNEL_TESTS = (
    "tests/layers/test_functional.py",
    "tests/sequences/test_kernels.py::test_values_and_derivatives_are_those_of_pytorch",
    "tests/sequences/test_recurrences.py::test_equal_to_the_loop",
    "tests/sequences/test_unroll.py",
)
DERIVATIVES, TABLE = "codegen/language/derivatives.py", "codegen/language/functions.py"
RULES = [
    *((DERIVATIVES, name, text) for name, text in OPERATORS.items()),
    *((TABLE, name, row.derivative) for name, row in FUNCTIONS.items() if row.derivative),
]


def _flipped(rule: str) -> str:
    return re.sub(r"\bgradient\b", "(-gradient)", rule, count=1)


def _row(file: str, name: str, rule: str) -> str:
    """What a rule looks like in its file: beside its operator, or its function's only such text."""
    return f'"{name}": "{rule}"' if file == DERIVATIVES else f'"{rule}"'


MUTANTS += tuple(
    Mutant(
        f"the derivative of {name} has the wrong sign",
        *(_row(file, name, rule) for rule in (text, _flipped(text))),
        file,
        tests=KERNEL_TESTS,
    )
    for file, name, text in RULES
    if text.split(";")[-1].strip() != "0"
)


def _in(file: str, *changes: tuple[str, str, str]) -> tuple[Mutant, ...]:
    return tuple(Mutant(what, old, new, file, tests=KERNEL_TESTS) for what, old, new in changes)


MUTANTS += _in(
    DERIVATIVES,
    ("a product hears its left factor only", "gradient * b; gradient * a", "gradient * b; 0"),
    (
        "a quotient ignores its denominator",
        "gradient / b; -gradient * (result / b)",
        "gradient / b; 0",
    ),
    ("a quotient forgets to divide twice", "-gradient * (result / b)", "-gradient * result"),
    ("a difference hears its left side only", "gradient; -gradient", "gradient; 0"),
)
MUTANTS += _in(
    TABLE,
    ("sigmoid lacks a factor", "gradient * (1 - result) * result", "gradient * (1 - result)"),
    ("tanh lacks a term", "gradient * (1 - result * result)", "gradient * result * result"),
    ("tan lacks a term", "gradient * (1 + result * result)", "gradient * result * result"),
    ("silu lacks a term", " * (1 + a * (1 - sigmoid(a)))", ""),
    ("the slope of expm1 is its value", "gradient * (result + 1)", "gradient * result"),
    ("sqrt lacks a factor", "gradient / (2 * result)", "gradient / result"),
    ("square lacks a factor", "gradient * 2 * a", "gradient * a"),
    ("erf lacks its constant", "gradient * 1.1283791670955126 * exp", "gradient * exp"),
    ("arcsinh lacks a term", "gradient / sqrt(a * a + 1)", "gradient / sqrt(a * a)"),
    (
        "where hears one side only",
        "0; where(a, gradient, 0); where(a, 0, gradient)",
        "0; where(a, gradient, 0); 0",
    ),
    ("a straight-through estimator hears its value", '0; gradient"', 'gradient; gradient"'),
    ("detach does not", '.detach()", "0"', '.detach()", "gradient"'),
    ("rounding goes down", 'c="rint"', 'c="floor"'),
    (
        "maximum stops at its bound",
        "where(a >= b, gradient, 0); where(a < b",
        "where(a > b, gradient, 0); where(a < b",
    ),
    (
        "minimum stops at its bound",
        "where(a <= b, gradient, 0); where(a > b",
        "where(a < b, gradient, 0); where(a > b",
    ),
    (
        "positive treats its arguments alike",
        '"positive_gradient(a, gradient)"',
        '"positive_gradient(gradient, a)"',
    ),
)
MUTANTS += _in(
    "codegen/kernels/gradient.py",
    (
        "a gradient forgets what came before",
        "_sum(gradient, shares[name]) if name in reached",
        "shares[name] if name in reached",
    ),
    (
        "a second share replaces the first",
        "_sum(sums[name], share) if name in sums else share",
        "share",
    ),
    (
        "a gradient changes before it is read",
        "key=lambda name: name == target",
        "key=lambda name: name != target",
    ),
    ("a target keeps its gradient", "            reached -= {version.source}\n", ""),
)
MUTANTS += _in(
    "src/tracetorch/sequence/c/driver.h",
    (
        "a chunk is left out",
        "chunk = (s->timesteps - 1) / CHUNK; chunk >= 0",
        "chunk = (s->timesteps - 1) / CHUNK; chunk > 0",
    ),
    (
        "a chunk lacks its last timestep",
        "for (size k = steps - 1; k >= 0",
        "for (size k = steps - 2; k >= 0",
    ),
    ("states are kept too late", "time % CHUNK == 0", "time % CHUNK == 1"),
    (
        "a parameter hears its first thread only",
        "for (size t = 0; t < s->threads; t++)\n                sum +=",
        "for (size t = 0; t < 1; t++)\n                sum +=",
    ),
    ("a shared parameter hears its last neuron only", "shared += sum", "shared = sum"),
    (
        "parameters are those of the next neuron",
        "b->neuron[i] = now.neuron",
        "b->neuron[i] = (now.neuron + 1) % s->neurons",
    ),
    (
        "noise is that of the first timestep",
        "s->noise[(time * NOISES + n)",
        "s->noise[(0 * NOISES + n)",
    ),
)
MUTANTS += _in(
    "src/tracetorch/sequence/c/language.h",
    (
        "positive lets all through at 0",
        "return x < 0 ? 0 : x == 0 ? gradient * (real)0.5 : gradient;",
        "return x < 0 ? 0 : gradient;",
    ),
    (
        "negative lets nothing through at 0",
        "return x > 0 ? 0 : x == 0 ? gradient * (real)0.5 : gradient;",
        "return x < 0 ? gradient : 0;",
    ),
    ("the exponential forgets infinity", "HIGHEST = 710.0", "HIGHEST = 500.0"),
    ("softplus bends at 4", "x > 40 ? x", "x > 4 ? x"),
)
MUTANTS += _in(
    "spec/functional.yaml",
    (
        "a quantizer rounds down",
        "straight_through(round(x / step_size)",
        "straight_through(floor(x / step_size)",
    ),
    (
        "stochastic rounding goes the wrong way",
        "mask(noise < steps - below)",
        "mask(noise > steps - below)",
    ),
    (
        "the gradient of probabilistic spikes is whole",
        "mask(noise < x), x * x)",
        "mask(noise < x), x)",
    ),
)
