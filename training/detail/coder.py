"""Train the integer network that predicts the levels of the detail layer, and write its tables (SPEC §7.7).

    python training/detail/coder.py DATA RUN/checkpoint.pt --steps 1800

The pictures of DATA (see prepare.py) are analysed by the networks of the checkpoint at random finenesses; the network
learns the probabilities of their levels from what is decoded before them. It also finds, for each channel, the
channels before it that say most about it ("partners").
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from data import Pictures
from model import CHANNELS, Codec

from triptych.layers.detail_inputs import INPUTS, LEARNED, PARTNERS, Known, channel_inputs, wave_inputs, waves
from triptych.layers.tables import FOLDER, write_table

sys.path.append(str(Path(__file__).parent.parent))
from common.card import make_card, write_card
from common.data import data_hash
from common.loop import add_arguments, cosine, run, seeded, set_rate
from integer_net import activation, bias, int8, int32, level_bits, weight

HIDDEN = (32, 24)
MAGNITUDE_FLAGS = 6  # as in the texture layer
OUTPUTS = 2 + MAGNITUDE_FLAGS
TAKEN = 0.2  # of the levels of a picture are learned from


class LevelNet(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Linear(INPUTS, HIDDEN[0], bias=False)
        self.channel = torch.nn.Parameter(torch.zeros(CHANNELS, HIDDEN[0]))
        self.second = torch.nn.Linear(*HIDDEN)
        self.third = torch.nn.Linear(HIDDEN[1], OUTPUTS)
        torch.nn.init.normal_(self.first.weight, 0, 0.05)
        torch.nn.init.normal_(self.channel, 0, 0.5)

    def forward(self, x: torch.Tensor, channel: torch.Tensor, quantised: bool) -> torch.Tensor:
        own = self.channel
        if quantised:  # in the unit of the first layer's weights, but not bounded by a byte
            own = own + ((own * 64).round() / 64 - own).detach()
        x = activation(F.linear(x, weight(self.first.weight, quantised)) + own[channel], quantised)
        x = F.linear(x, weight(self.second.weight, quantised), bias(self.second.bias, quantised))
        x = activation(x, quantised)
        return F.linear(x, weight(self.third.weight, quantised), bias(self.third.bias, quantised))

    def tables(self) -> dict[str, np.ndarray]:
        return {
            "w1": int8(self.first.weight).T.copy(),
            "b1": (self.channel.detach() * 64).round().to(torch.int32).numpy(),
            "w2": int8(self.second.weight).T.copy(),
            "b2": int32(self.second.bias),
            "w3": int8(self.third.weight).T.copy(),
            "b3": int32(self.third.bias),
        }


@torch.no_grad()
def analyse(codec: Codec, pictures: Pictures, draws: int, seed: int) -> list[tuple[np.ndarray, int]]:
    """(levels int16 (CHANNELS, rows, columns), fineness) of each picture, `draws` times."""
    rng, result = np.random.default_rng(seed), []
    for number in range(len(pictures.paths)):
        original, painted = pictures.whole(number)
        for draw in range(draws):
            fineness = int((draw + rng.random()) / draws * (LEARNED + 1))
            t = torch.full((1, 1, 1, 1), fineness / LEARNED)
            levels = codec.rounding.scaled(codec.analysis(original, painted, t), t).round()
            result.append((levels[0].numpy().astype(np.int16), fineness))
    return result


def find_partners(analysed: list[tuple[np.ndarray, int]]) -> np.ndarray:
    """uint8 (CHANNELS, PARTNERS): channels before each, the ones whose sizes go best with its own first.

    The first channels have fewer before them: they name themselves, which stands for none.
    """
    sizes = np.concatenate([np.log1p(np.abs(levels)).reshape(CHANNELS, -1)[:, ::5] for levels, _ in analysed], 1)
    sizes = sizes - sizes.mean(1, keepdims=True)
    alike = sizes @ sizes.T / np.sqrt((sizes**2).sum(1))[:, None] / np.sqrt((sizes**2).sum(1))
    partners = np.repeat(np.arange(CHANNELS)[:, None], PARTNERS, 1)
    for channel in range(1, CHANNELS):
        best = np.argsort(-np.nan_to_num(alike[channel, :channel]))[:PARTNERS]
        partners[channel, : len(best)] = best
    return partners.astype(np.uint8)


def examples(levels: np.ndarray, fineness: int, partners: np.ndarray, rng: np.random.Generator, taken: float) -> tuple:
    """(inputs int8, channels uint8, levels int16) of some of the levels."""
    grid = levels.shape[1:]
    known, result = Known(grid), []
    for channel in range(CHANNELS):
        plane = np.pad(levels[channel].astype(np.int32), 1)
        inputs = channel_inputs(known, channel, fineness, partners)
        for wave, cells in enumerate(waves(grid)):
            cells = cells[rng.random(len(cells)) < taken]
            given = wave_inputs(inputs, plane, cells) if wave else inputs[cells]
            result.append(
                (given.astype(np.int8), np.full(len(cells), channel, np.uint8), levels[channel].ravel()[cells])
            )
        known.add(channel, plane)
    return tuple(np.concatenate(field) for field in zip(*result, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("checkpoint", type=Path)
    add_arguments(parser, steps=1800)
    parser.add_argument("--draws", type=int, default=1, help="finenesses per picture")
    parser.add_argument("--rate", type=float, default=4e-3, help="the largest learning rate")
    parser.add_argument("--out", type=Path, default=FOLDER)
    args = parser.parse_args()
    seeded(args.seed)
    codec = Codec().requires_grad_(False)
    codec.load_state_dict(torch.load(args.checkpoint, map_location="cpu")["average"])
    analysed = analyse(codec, Pictures(args.data), args.draws, args.seed)
    apart = analyse(codec, Pictures(args.data, dev=True), args.draws, args.seed)
    partners = find_partners(analysed)
    rng = np.random.default_rng(args.seed)
    sets = [
        tuple(
            torch.from_numpy(np.concatenate(field))
            for field in zip(*(examples(*item, partners, rng, taken) for item in items), strict=True)
        )
        for items, taken in ((analysed, TAKEN), (apart, 0.25))
    ]
    (x, c, t), (dx, dc, dt) = sets
    print(f"{len(t)} levels, {float((t != 0).float().mean()):.4f} of them not zero; {len(dt)} on dev", flush=True)
    net = LevelNet()
    optimiser = torch.optim.Adam(net.parameters(), lr=args.rate)
    for step in run(args.steps, 250):
        quantised = step.part > 0.6
        set_rate(optimiser, args.rate * cosine(step))
        pick = torch.randint(0, len(t), (32768,))
        loss = level_bits(net(x[pick].float(), c[pick].long(), quantised), t[pick].long()) / len(pick)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step.due:
            with torch.no_grad():
                parts = (tuple(field[n : n + 65536] for field in (dx, dc, dt)) for n in range(0, len(dt), 65536))
                cost = sum(level_bits(net(x.float(), c.long(), quantised), t.long()) for x, c, t in parts) / len(dt)
            bpp = float(cost) * CHANNELS / 256
            print(f"step {step.number} train {loss.item():.5f} dev {cost:.5f} bits a level, {bpp:.4f} bpp", flush=True)
    path = write_table("detail", {**net.tables(), "partners": partners}, "training/detail/coder.py", args.out)
    card = make_card(
        path.read_bytes(),
        steps=args.steps,
        seed=args.seed,
        data=f"{len(analysed)} pictures",
        data_sha256=data_hash([args.data]),
        figures={"dev bits per pixel over all finenesses": round(bpp, 4)},
    )
    write_card(path.with_suffix(".json"), card)


if __name__ == "__main__":
    main()
