"""Layers of all three packages in one model, trained on handwritten digits shown row by row."""

from __future__ import annotations

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

import tracetorch as tt


class Reader(tt.Model):
    """Sees the eight rows of a digit one after the other, and answers after the last."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, 8, (1, 3), padding=(0, 1)),
            tt.snn.LIB(8, beta=0.5, dim=-3, quant_fn=tt.functional.round_ste()),
            nn.Flatten(),
            tt.rnn.GRU(64, 48),
            tt.ssm.S6(48),
            nn.Linear(48, 10),
        )

    def forward(self, images: Tensor, remember: bool = True) -> Tensor:
        self.zero_states()
        for row in images.split(1, dim=-2):
            if not remember:
                self.zero_states()
            scores = self.net(row)
        return scores


def test_a_mixed_model_learns_to_read_digits() -> None:
    torch.manual_seed(0)
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).div(16).unsqueeze(1)
    labels = torch.tensor(digits.target)
    order = torch.randperm(len(labels))
    train, test = order[:1000], order[1000:]

    model = Reader()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(8):
        for batch in train[torch.randperm(len(train))].split(50):
            loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), name

    def accuracy(**options: bool) -> float:
        with torch.no_grad():
            answers = model(images[test], **options).argmax(dim=-1)
        return (answers == labels[test]).float().mean().item()

    assert accuracy() >= 0.85
    assert accuracy(remember=False) <= 0.5
