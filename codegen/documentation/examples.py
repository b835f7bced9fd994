"""An example for each section of the format."""

from __future__ import annotations

EXAMPLES = {
    "The file": """
package: {doc: Leaky integrators with a hard reset}
families:
  LIZ:
    extends: LIB
    name: leaky integrator with a hard reset
    doc: A spike sets the membrane to zero.
    reset: spikes * mem
only: [LIZ, SLIZ]
also_called: {LIZ: [LIF with a hard reset]}
""",
    "`package`": """
package:
  doc: A readout
  reference: mine_reference.py
layers:
  Readout:
    name: sum of the input
    doc: Choose it to count.
    states: {total: sum of the input}
    update: [total = total + x]
    output: total
""",
    "`constraints`": """
constraints:
  rate: {activation: exp(raw), inverse: log(value), domain: "(0, inf)"}
parameters:
  speed: {constraint: rate, default: 2.0, doc: factor of the input}
layers:
  Mine:
    name: leaky integrator
    doc: Choose it as a readout.
    states: {mem: membrane}
    update: [mem = beta * mem + speed * x]
    output: mem
""",
    "`parameters`": """
parameters:
  tau: {constraint: threshold, default: 10.0, rank: 0, doc: time constant in timesteps}
  gain: {constraint: free, default: 1.0, learn: false, doc: factor of the input}
layers:
  Mine:
    name: leaky integrator
    doc: Choose it as a readout.
    states: {mem: membrane}
    update: [mem = exp(-1 / tau) * mem + gain * x]
    output: mem
""",
    "`functions`": """
functions:
  gate_fn: {default: sigmoid4x, doc: Step that opens the gate}
layers:
  Gated:
    name: leaky integrator with a gate
    doc: Choose it where small inputs should be ignored.
    states: {mem: membrane}
    update: [mem = beta * mem + x * gate_fn(x - threshold)]
    output: mem
""",
    "`prefixes`": """
parameters:
  rho: {constraint: decay, default: 0.9, doc: decay of the adaptation}
prefixes:
  A:
    name: adaptive
    doc: Its threshold rises with each spike.
    families: [LIB]
    trace: {state: adapt, decay: rho, input: prev_output, average: true, split: false, doc: adaptation}
    replaces: {threshold: threshold + adapt}
""",
    "`split` of a prefix": """
prefixes:
  D:
    name: dual
    doc: Each trace has a positive and a negative branch with decays of their own.
    split:
      pos: {function: positive, reset_share: 0.5}
      neg: {function: negative, reset_share: 0.5}
""",
    "`trace`": """
parameters:
  fall: {constraint: decay, default: 0.8, doc: decay of the current}
prefixes:
  C:
    name: current-based
    doc: Its input is a sum that decays.
    families: [LI, LIB]
    trace: {state: current, decay: fall, input: x, doc: synaptic current}
    replaces: {x: current}
""",
    "`families`": """
families:
  Fire:
    name: integrator that fires
    doc: Choose it where the output should depend on the sign of the membrane.
    prefixes: [S]
    trace: {state: mem, decay: beta, input: x, doc: membrane}
    fire: [spikes = quant_fn(spike_fn(mem))]
    reset: spikes * threshold
    output: spikes
""",
    "`families` that extend another": """
families:
  LIN:
    extends: LIB
    name: leaky integrator without a reset
    doc: Choose it where the membrane should go on after a spike.
    prefixes: [S]
    without: [reset]
""",
    "`states` of a family": """
families:
  LIF2:
    extends: LIB
    name: leaky integrator that rests after a spike
    doc: Choose it where two spikes in a row should not happen.
    prefixes: [S]
    states: {rest: whether the last timestep had a spike}
    fire:
      - spikes = quant_fn(spike_fn(mem - threshold + bias)) * (1 - rest)
      - rest = spikes
""",
    "`reset`": """
families:
  LIL:
    extends: LIB
    name: leaky integrator with a late reset
    doc: Choose it where a spike should reset the membrane in the next timestep.
    prefixes: [S]
    reset: {by: detach(prev_output) * threshold, at: start}
""",
    "`parameters` of a family or a layer": """
families:
  LIS:
    extends: LIB
    name: slow leaky integrator
    doc: Choose it for long sequences.
    parameters:
      beta: {default: 0.99}
      threshold: {default: 0.5, rank: 0, learn: false}
""",
    "`functions` of a family or a layer": """
families:
  LIH:
    extends: LIB
    name: leaky integrator with hard spikes
    doc: Choose it where spikes should be 0 and 1 by default.
    functions: {spike_fn: {default: arctan}, quant_fn: {default: round_ste}}
""",
    "`layers`": """
layers:
  Leaky:
    name: leaky integrator
    doc: Choose it as a readout.
    source: Brown 1956, "Exponential smoothing for predicting demand"
    parameters: {beta: {default: 0.95}}
    states: {mem: membrane}
    update:
      - drive = (1 - beta) * x
      - mem = beta * mem + drive
    output: mem
""",
    "`states` of a layer": """
layers:
  Window:
    name: mean of the last inputs
    doc: Choose it to smooth the input.
    arguments:
      num_neurons: {}
      window: {default: 4, doc: how many inputs}
      dim: {}
    states:
      last: {shape: [num_neurons, window], doc: last inputs}
      mem: {initial: threshold, doc: membrane}
    update:
      - last = push(last, x)
      - mem = beta * mem + sum(last, -1) / window
    output: mem
""",
    "`arguments`": """
layers:
  Map:
    name: leaky integrator of a linear map
    doc: Choose it where input and output differ in size.
    arguments:
      in_features: {}
      out_features: {doc: number of outputs}
      dim: {}
    features: [in_features, out_features]
    modules: {input_map: {linear: [in_features, out_features]}}
    states: {mem: {shape: [out_features], doc: membrane}}
    update: [mem = tanh(mem) + input_map(x)]
    output: mem
""",
    "`modules`": """
layers:
  Recurrent:
    name: leaky integrator with a recurrent matrix
    doc: Choose it where neurons should receive the outputs of all others.
    modules: {rec_map: {linear: [num_neurons, num_neurons], bias: false}}
    states: {mem: membrane}
    update: [mem = beta * mem + x + rec_map(prev_output)]
    output: tanh(mem)
""",
    "`modules` of PyTorch": """
layers:
  Neighbors:
    name: leaky integrator of neighboring features
    doc: Choose it where the order of the features has a meaning.
    arguments:
      num_neurons: {}
      channels: {default: 4, doc: number of convolutions}
      dim: {}
    features: [num_neurons, num_neurons]
    modules:
      conv: {Conv1d: {in_channels: 1, out_channels: channels, kernel_size: 3, padding: 1}}
      norm: {LayerNorm: [num_neurons]}
    states: {mem: membrane}
    update:
      - near = mean(conv(unsqueeze(x, -2)), -2)
      - mem = beta * mem + norm(near)
    output: tanh(mem)
""",
    "`weights`": """
layers:
  Mixed:
    name: leaky integrator with weights of its input
    doc: Choose it where each input should have a weight.
    weights: {scale: {shape: [num_neurons], initial: 1, doc: weight of the input}}
    states: {mem: membrane}
    update: [mem = beta * mem + scale * x]
    output: mem
""",
    "`with` in an update": """
layers:
  Lagging:
    name: leaky integrator with an optional window
    doc: Choose it where the last inputs should count too.
    arguments:
      num_neurons: {}
      window: {default: 4, doc: how many inputs; none with 1}
      dim: {}
    weights:
      taps: {shape: [num_neurons, window], initial: 1, doc: weights of the last inputs, with: last}
    states:
      mem: membrane
      last: {shape: [num_neurons, window], only_if: window > 1, doc: last inputs}
    update:
      - mem = beta * mem + x
      - with: last
        do:
          - last = push(last, x)
          - mem = mem + sum(taps * last, -1)
    output: mem
""",
    "`spikes`": """
spikes:
  steps:
    doc: Smooth step with a slope of 1 at the threshold.
    value: 0.5 + 0.5 * tanh(2 * x)
families:
  LIP:
    extends: LIB
    name: leaky integrator with this step
    doc: Choose it to compare surrogate gradients.
    functions: {spike_fn: {default: steps}}
""",
    "`numbers` of a function": """
spikes:
  steep:
    doc: Smooth step whose slope is given.
    numbers: {slope: {default: 2.0, doc: Slope at the threshold}}
    update: [far = slope * x]
    value: 0.5 + far / (1 + 2 * abs(far))
families:
  LIP:
    extends: LIB
    name: leaky integrator with this step
    doc: Choose it to compare surrogate gradients.
    functions: {spike_fn: {default: steep}}
""",
    "`nir` of a family or a layer": """
families:
  LIQ:
    extends: LIB
    name: leaky integrator that can be exchanged
    doc: Choose it to move a network to another library.
    prefixes: [S]
    nir:
      node: LIF
      reset: subtract
      fields:
        tau: time_constant(beta)
        r: 1 / (1 - beta)
        v_leak: 0
        v_threshold: threshold - bias
        v_reset: -bias
      inverse: {beta: decay(tau), threshold: v_threshold - v_reset, bias: -v_reset}
""",
    "`nir` with several nodes": """
families:
  LID:
    extends: LI
    name: doubled leaky integrator
    doc: Choose it to see a graph of nodes.
    prefixes: [S]
    output: 2 * mem
    nir:
      nodes:
        mem: {node: LI, fields: {tau: time_constant(beta), r: 1 / (1 - beta), v_leak: 0}}
        twice: {node: Scale, from: [mem], fields: {scale: 2}}
      output: [twice]
""",
    "`nir` of a prefix": """
parameters:
  fall: {constraint: decay, default: 0.8, doc: decay of the current}
prefixes:
  C:
    name: current-based
    doc: Its input is a sum that decays.
    families: [LI]
    trace: {state: current, decay: fall, input: x, doc: synaptic current}
    replaces: {x: current}
    nir:
      nodes:
        synapse: {node: LI, fields: {tau: time_constant(fall), r: 1 / (1 - fall), v_leak: 0}}
      inverse: {fall: decay(tau_syn)}
""",
    "`nodes` of `nir`": """
families:
  LIE:
    extends: LI
    name: scaled leaky integrator
    doc: Choose it to see a node with a name.
    prefixes: [S]
    output: threshold * mem
    nir:
      nodes:
        mem: {node: LI, fields: {tau: time_constant(beta), r: 1 / (1 - beta), v_leak: 0}}
        scaled: {node: Scale, from: [mem], fields: {scale: threshold}}
      output: [scaled]
""",
}
"""By the title of a section, a file, but for its `package` where that says nothing."""
