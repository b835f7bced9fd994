# Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 9b445f0b4f4a2cf8
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tracetorch.rnn import Layer


class LMUState(NamedTuple):
    """The states of `LMU`."""

    H: Tensor
    memory: Tensor


class LMU(Layer):
    """Legendre memory unit.

    Choose it to remember a sliding window of the past, as the coefficients of polynomials.

    One timestep, for an input `x`::

        u = encoder(cat(x, H, memory))
        memory = memory @ transition + u * drive
        H = tanh(hidden_layer(cat(x, H, memory)))
        return H

    Computed once, when the layer is made::

        degree = count(order) - 1
        row = unsqueeze(degree, 1)
        column = unsqueeze(degree, 0)
        A = (2 * row + 1) / theta * where(row < column, -1, (-1) ** (row - column + 1))
        B = (2 * degree + 1) / theta * (-1) ** degree
        held = matrix_exp(A)

    `count` is the vector 1, 2, ... of a size. `matrix_exp` is the exponential of a matrix. `solve`
    divides by a matrix from the left: `solve(A, b)` is the `y` for which `A @ y` is `b`.
    `transpose` swaps the rows and the columns of a matrix.

    Args:
        in_features: Size of the feature dimension of the input, at least 1.
        out_features: Size of the feature dimension of output and hidden state, at least 1.
        order: Number of polynomials, at least 1. Default 16.
        theta: Length of the window in timesteps, at least 1. Default 64.
        dim: Which dimension of the input holds the features. Default -1.

    Attributes:
        encoder: `nn.Linear(in_features + out_features + order, 1, bias=False)`.
        hidden_layer: `nn.Linear(in_features + out_features + order, out_features, bias=False)`.
        transition: How the memory moves in a timestep, `[order, order]`, fixed at
            `transpose(held)`.
        drive: Input weights of the memory, `[order]`, fixed at `solve(A, held @ B - B)`.

    States:
        H: Hidden state, `[..., out_features]`.
        memory: Coefficients of the window, `[..., order]`.

    Shape:
        Input: `in_features` features in dimension `dim`. Output: the same shape, but `out_features`
        features.
        States: as listed, the first size in dimension `dim`, any others at the end.

    Raises:
        TypeError: An argument has the wrong type; when called, the input is not a dense tensor of
            real numbers.
        ValueError: A size is too small; when called, the input has the wrong shape, or its shape,
            device or dtype does not match the current states.

    Source:
        Voelker, Kajic and Eliasmith 2019, "Legendre Memory Units, Continuous-Time Representation in
            Recurrent Neural Networks".

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.zoo.LMU(8, 16)
        >>> for x in torch.rand(10, 4, 8):  # ten timesteps of a batch of four
        ...     y = layer(x)
        >>> y.shape
        torch.Size([4, 16])
    """

    State = LMUState
    _output_size = "out_features"
    _digest = "d60589dc03cb2607"  # of the timestep, as in the kernels of this class

    def __init__(
        self, in_features: int, out_features: int, order: int = 16, theta: int = 64, dim: int = -1
    ) -> None:
        super().__init__(out_features, dim)
        self.in_features = self._check_size("in_features", in_features)
        self.out_features = out_features
        self.order = self._check_size("order", order)
        self.theta = self._check_size("theta", theta)
        self._initialize_state("memory", order)

        self.encoder = nn.Linear(in_features + out_features + order, 1, bias=False)
        self.hidden_layer = nn.Linear(in_features + out_features + order, out_features, bias=False)

        degree = torch.arange(1.0, order + 1, dtype=torch.float64) - 1
        row = degree.unsqueeze(1)
        column = degree.unsqueeze(0)
        A = (2 * row + 1) / theta * torch.where(row < column, -1, (-1) ** (row - column + 1))
        B = (2 * degree + 1) / theta * (-1) ** degree
        held = torch.matrix_exp(A)

        self.register_buffer("transition", held.T.to(torch.get_default_dtype(), copy=True))
        self.register_buffer(
            "drive", torch.linalg.solve(A, held @ B - B).to(torch.get_default_dtype())
        )

    def step(self, x: Tensor, states: LMUState) -> tuple[Tensor, LMUState]:
        """Run one timestep, features last, as a pure function of input and states."""
        H, memory = states
        u = self.encoder(torch.cat((x, H, memory), dim=-1))
        memory = memory @ self.transition + u * self.drive
        H = torch.tanh(self.hidden_layer(torch.cat((x, H, memory), dim=-1)))
        return H, LMUState(H, memory)

    def extra_repr(self) -> str:
        """The sizes, after the options of the base class."""
        sizes = [f"order={self.order}", f"theta={self.theta}"]
        return ", ".join([super().extra_repr(), *sizes])
