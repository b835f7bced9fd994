"""The generator: how a spec becomes source. It knows no particular neuron."""
