"""The straight-through estimator."""

from __future__ import annotations

from torch import Tensor


def straight_through(value: Tensor, surrogate: Tensor) -> Tensor:
    """Return `value` in the forward pass, with the gradient of `surrogate` in the backward pass.

    Args:
        value: The result; it receives no gradient.
        surrogate: Tensor of the same shape that is differentiated instead.

    Returns:
        `value`, exactly, of the same shape.

    Example:
        >>> import torch, tracetorch as tt
        >>> x = torch.tensor([0.2, 0.7], requires_grad=True)
        >>> tt.functional.straight_through((x > 0.5).float(), torch.sigmoid(x)).sum().backward()
        >>> x.grad
        tensor([0.2475, 0.2217])
    """
    # The second summand is exactly 0.
    return value.detach() + (surrogate - surrogate.detach())
