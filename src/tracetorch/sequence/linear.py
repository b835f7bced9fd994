"""Linear maps of whole sequences, as convolutions.

PyTorch multiplies matrices by MKL, which uses the 512-bit instructions of Intel's processors alone,
and convolves by oneDNN, which uses those of AMD's too, at twice the speed. A linear map is a
convolution with a kernel of one pixel, for images whose pixels are the samples of some timesteps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.grad import conv2d_weight
from torch.overrides import TorchFunctionMode

_LEAST_WORK = 2**22
"""Multiplications below which a convolution is no faster."""
_FEWEST_IMAGES = 17
"""PyTorch convolves fewer of them by MKL."""
_FEWEST_PIXELS, _MOST_PIXELS = 8, 128
"""Smaller images are slower, and larger ones no faster."""

T = TypeVar("T")


def as_convolutions(compute: Callable[[], T]) -> T:
    """Return what a function returns; its linear maps are convolutions where those are faster."""
    if torch.compiler.is_compiling():  # which chooses by itself how to multiply
        return compute()
    with _Convolutions():
        return compute()


class _Convolutions(TorchFunctionMode):
    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if not kwargs:  # of which PyTorch's functions have more
            function = _REPLACED.get(function, function)
        return function(*args, **(kwargs or {}))


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return `x @ weight.T + bias`."""
    pixels = _pixels(x, weight, len(weight)) if _fit(x, weight, bias) else 0
    if not pixels:
        return F.linear(x, weight, bias)
    y = F.conv2d(_images(x, pixels), weight[:, :, None, None], bias)
    return y.permute(0, 2, 3, 1).reshape(*x.shape[:-1], len(weight))


def _fit(x: Tensor, weight: Tensor, bias: Tensor | None) -> bool:
    """Whether the sizes are those of a linear map of samples."""
    is_map = weight.dim() == 2 and x.shape[-1:] == weight.shape[1:]
    return is_map and (bias is None or bias.shape == weight.shape[:1])


def _matmul(a: Tensor, b: Tensor) -> Tensor:
    is_map = b.dim() == 2 and _fit(a, b.T, None) and _pixels(a, b, b.shape[1]) > 0
    return linear(a, b.T) if is_map else torch.matmul(a, b)


def of_weight(x: Tensor, d_y: Tensor) -> Tensor:
    """Return the gradient of the weight of a linear map, given its inputs and those of its outputs.

    Args:
        x: samples x inputs.
        d_y: samples x outputs.
    """
    pixels = _pixels(x, d_y, d_y.shape[1])
    if not pixels:
        return d_y.t() @ x
    sizes = (d_y.shape[1], x.shape[1], 1, 1)
    images, d_images = _images(x, pixels), _images(d_y, pixels)
    d_weight: Tensor = conv2d_weight(images, sizes, d_images)  # type: ignore[no-untyped-call]
    return d_weight[:, :, 0, 0]


_REPLACED: Mapping[Callable[..., Any], Callable[..., Tensor]] = {
    F.linear: linear,
    torch.matmul: _matmul,
    Tensor.matmul: _matmul,
}


def _images(samples: Tensor, pixels: int) -> Tensor:
    """Return images with the features of a sample at each pixel, where memory has them last."""
    return samples.reshape(-1, 1, pixels, samples.shape[-1]).permute(0, 3, 1, 2)


def _pixels(x: Tensor, other: Tensor, outputs: int) -> int:
    """Return the number of pixels of an image; 0 if a convolution is not faster."""
    if not (_has_wide_instructions() and _is_dense(x) and _is_dense(other)):
        return 0
    if x.numel() * outputs < _LEAST_WORK or torch.is_autocast_enabled("cpu"):
        return 0
    samples = math.prod(x.shape[:-1])
    most = min(_MOST_PIXELS, samples // _FEWEST_IMAGES)
    pixels = max((n for n in range(1, most + 1) if samples % n == 0), default=0)
    return pixels if pixels >= _FEWEST_PIXELS else 0


def _is_dense(tensor: Tensor) -> bool:
    is_plain = tensor.layout is torch.strided and tensor.device.type == "cpu"
    return is_plain and tensor.dtype == torch.float32


@cache
def _has_wide_instructions() -> bool:
    is_built_in: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return is_built_in and torch.backends.cpu.get_cpu_capability() == "AVX512"
