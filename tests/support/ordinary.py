"""A convolutional spiking network as someone writes it who has not read our pages.

PYTEST_DONT_REWRITE: its `assert` must be what the source says.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

import tracetorch as tt


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.lif1 = lif(out_channels, dim=-3)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.lif2 = lif(out_channels, dim=-3)
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.lif1(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out = out + identity
        return self.lif2(out)


class Net(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.conv = nn.Conv2d(2, 4, kernel_size=3, padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.lif = lif(4, dim=-3)
        self.blocks = nn.ModuleList([ResidualBlock(4, 4), ResidualBlock(4, 8, stride=2)])
        self.drop = nn.Dropout(0.2)
        self.fc1 = nn.Linear(8 * 2 * 2, 16)
        self.fc2 = nn.Linear(16, num_classes)
        self.lif1 = lif(16)
        self.out = tt.snn.LI(num_classes, beta=0.9)

    def forward(self, x: Tensor) -> Tensor:
        assert x.dim() == 4, "expected images [batch, channels, height, width]"
        x = self.lif(self.bn(self.conv(x)))
        x = F.max_pool2d(x, 2)
        for block in self.blocks:
            x = block(x)
        x = x.view(x.size(0), -1)
        x = self.drop(x)
        x = self.lif1(self.fc1(x))
        return self.out(self.fc2(x))


def lif(features: int, dim: int = -1) -> tt.Layer:
    return tt.snn.LIB(
        features,
        beta=0.8,
        threshold=0.5,
        dim=dim,
        spike_fn=tt.functional.arctan,
        quant_fn=tt.functional.round_ste(),
    )
