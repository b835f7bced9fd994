"""Monitor an endless heartbeat one timestep at a time, and continue after a restart.

A small spiking network is trained to raise an alarm when a beat comes early. Then it runs in a
process of its own, which saves weights and states and ends; another process loads them and
continues. The script prints the differences from a run without a restart, with the states restored
and with the states lost, and saves a picture of both.
"""

from __future__ import annotations

import argparse
import time
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from tqdm import tqdm

import tracetorch as tt

RESTART = 740  # in timesteps since the stream began


class Heartbeats(NamedTuple):
    signal: Tensor  # [timesteps, hearts]
    early: Tensor  # where an alarm is correct
    evaluated: Tensor  # once for each beat, a few timesteps after its peak


class Alarm(tt.Model):
    """Spiking network whose output is above 0 where it classifies the last beat as early."""

    def __init__(self) -> None:
        super().__init__()
        num_neurons = 64
        self.net = nn.Sequential(
            nn.Linear(1, num_neurons),
            spiking_layer(num_neurons),
            nn.Linear(num_neurons, num_neurons),
            spiking_layer(num_neurons),
            nn.Linear(num_neurons, 1),
            tt.snn.LI(1, beta=0.7),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x.unsqueeze(-1)).squeeze(-1)


def spiking_layer(num_neurons: int) -> tt.snn.SRLIT:
    # Half-lives from 1 timestep to several beats, so that the states encode the time since a beat.
    exponents = torch.linspace(0, 1, num_neurons)
    fast, slow = (tt.functional.halflife_to_decay(longest**exponents) for longest in (8, 128))
    quant_fn = tt.functional.round_ste()  # spikes are -1, 0 or 1
    return tt.snn.SRLIT(num_neurons, fast, slow, gamma=slow.flip(0), quant_fn=quant_fn)


def heartbeats(timesteps: int, hearts: int) -> Heartbeats:
    """Noisy hearts, each with a rhythm of its own, in which one beat in ten comes early."""
    rhythm = torch.empty(hearts, 1).uniform_(24.0, 40.0)  # timesteps from beat to beat
    early = torch.rand(hearts, timesteps // 16) < 0.12
    early &= ~early.roll(1, dims=1)
    jitter = 1 + 0.03 * torch.randn(early.shape)
    peaks = (rhythm * jitter * torch.where(early, 0.55, 1.0)).cumsum(dim=1)
    since = torch.arange(timesteps)[:, None, None] - peaks  # [timesteps, hearts, beats]
    waves = bump(since, 0.8) - 0.3 * bump(since - 1.6, 0.8) + 0.25 * bump(since - 8.0, 2.0)
    return Heartbeats(
        signal=waves.sum(dim=2) + 0.05 * torch.randn(timesteps, hearts),
        early=((since >= 2) & (since < 10) & early).any(dim=2),
        evaluated=((since >= 7) & (since < 8)).any(dim=2),
    )


def bump(x: Tensor, width: float) -> Tensor:
    return torch.exp(-0.5 * (x / width).square())


def run(model: Alarm, signal: Tensor) -> Tensor:
    """The outputs of the model, one timestep at a time, as a signal arrives."""
    return torch.stack([model(x) for x in signal])


def train(model: Alarm, epochs: int) -> None:
    """Train by truncated BPTT: states are kept for a whole sequence, gradients for a chunk."""
    timesteps, chunk = 1000, 50
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * timesteps // chunk)
    loss_fn = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(5.0))  # alarms are rare
    for _ in tqdm(range(epochs), desc="training", unit="epoch"):
        beats = heartbeats(timesteps, hearts=64)
        model.zero_states()
        for signal, early in zip(beats.signal.split(chunk), beats.early.split(chunk)):
            loss = loss_fn(tt.unroll(model, signal), early.float())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            schedule.step()
            model.detach_states()


@torch.no_grad()
def alarm_rates(model: Alarm) -> tuple[float, float]:
    """The fractions of early beats and of other beats that raise an alarm."""
    beats = heartbeats(1500, hearts=50)
    model.zero_states()
    alarms = tt.unroll(model, beats.signal)[beats.evaluated] > 0
    early = beats.early[beats.evaluated]
    return alarms[early].float().mean().item(), alarms[~early].float().mean().item()


@torch.no_grad()
def errors_after_restart(model: Alarm) -> dict[str, float]:
    """The error rate for the first beat after a restart, with states restored and lost."""
    parts = zip(*(part.split(300) for part in heartbeats(400, hearts=400)))
    before, after = (Heartbeats(*part) for part in parts)
    model.zero_states()
    tt.unroll(model, before.signal)
    outputs = {"restored": tt.unroll(model, after.signal)}
    model.zero_states()
    outputs["lost"] = tt.unroll(model, after.signal)
    first = after.evaluated.int().argmax(dim=0, keepdim=True)
    wrong = {name: ((output > 0) != after.early) for name, output in outputs.items()}
    return {name: each.gather(0, first).float().mean().item() for name, each in wrong.items()}


@torch.no_grad()
def serve(checkpoint: Path, signal: Path, outputs: Path) -> None:
    """Load weights and states, run the model on a signal, and save outputs and states."""
    torch.set_num_threads(1)
    loaded = torch.load(checkpoint)
    model = Alarm()
    model.load_state_dict(loaded["weights"])
    model.TTcompile()
    if loaded["states"]:
        model.load_states(loaded["states"])
    torch.save(run(model, torch.load(signal)), outputs)
    save(model, checkpoint)


def save(model: Alarm, checkpoint: Path) -> None:
    torch.save({"weights": model.state_dict(), "states": model.save_states()}, checkpoint)


def serve_in_new_process(*files: Path) -> None:
    process = get_context("spawn").Process(target=serve, args=files)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)


def restart(model: Alarm, before: Tensor, after: Tensor) -> dict[str, Tensor]:
    """The outputs before a restart, and after it with the states restored and lost."""
    model.zero_states()
    with TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        checkpoint, signal, outputs = folder / "model.pt", folder / "signal.pt", folder / "out.pt"
        results = {}
        save(model, checkpoint)
        for name, part in (("before", before), ("restored", after)):
            torch.save(part, signal)
            serve_in_new_process(checkpoint, signal, outputs)
            results[name] = torch.load(outputs)
        save(model, checkpoint)  # as trained, with no states
        serve(checkpoint, signal, outputs)
        results["lost"] = torch.load(outputs)
    return results


def draw(signal: Tensor, early: Tensor, outputs: dict[str, Tensor]) -> Figure:
    """The signal above, the outputs with the states restored and lost below."""
    figure = Figure(figsize=(7, 6), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True)
    tt.plot.traces({"signal": signal}, top)
    tt.plot.traces(outputs, bottom)
    timesteps = torch.arange(1, len(signal) + 1)
    for axes in (top, bottom):
        axes.fill_between(
            timesteps, 0, 1, early, color="0.9", transform=axes.get_xaxis_transform(), zorder=0
        )
        axes.axvline(RESTART + 0.5, color="black", linestyle="--")
    top.set(ylabel="signal", xlabel="")
    top.set_title("A heart, early beats in grey", loc="left")
    bottom.set(ylabel="output", xlim=(RESTART - 80, RESTART + 280))
    bottom.axhline(0, color="0.5", linestyle=":")
    bottom.set_title("Alarm above 0, restart dashed", loc="left")
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--output", type=Path, default=Path("build/streaming.png"))
    arguments = parser.parse_args()

    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)  # faster for tensors this small
    model = Alarm()
    train(model, arguments.epochs)
    model.TTcompile()
    hits, false_alarms = alarm_rates(model)
    print(f"early beats that raise an alarm: {hits:.1%}, other beats: {false_alarms:.1%}")

    signal, early = (part.squeeze(1) for part in heartbeats(2000, hearts=1)[:2])
    model.zero_states()
    with torch.no_grad():
        start = time.perf_counter()
        whole = run(model, signal)
        print(f"microseconds per timestep: {1e6 * (time.perf_counter() - start) / len(signal):.0f}")
    parts = restart(model, signal[:RESTART], signal[RESTART:])
    restored = torch.cat((parts["before"], parts["restored"]))
    lost = torch.cat((torch.full((RESTART,), torch.nan), parts["lost"]))
    print(f"largest difference with the states restored: {(restored - whole).abs().max()}")
    print(f"largest difference with the states lost: {(lost - whole)[RESTART:].abs().max()}")
    for states, wrong in errors_after_restart(model).items():
        print(f"wrong about the first beat after a restart, states {states}: {wrong:.1%}")

    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    outputs = {"states restored": restored, "states lost": lost}
    draw(signal, early, outputs).savefig(arguments.output, dpi=125)
    print(f"picture saved to {arguments.output}")


if __name__ == "__main__":
    main()
