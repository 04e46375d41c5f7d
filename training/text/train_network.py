"""Train a network of the text layer for a number of steps; run again to go on where it stopped.

With `--teachers` it learns from the probabilities that larger networks, trained before, give to every token.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from lines import KINDS, WEIGHTS
from network import TextNetwork

sys.path.append(str(Path(__file__).parents[1]))
from common.loop import add_arguments, run, seeded, set_rate

LONGEST = 200  # tokens; longer lines are cut for training
TAUGHT = 0.7  # the weight of what teachers say
SHAPE = "width", "state", "hidden", "dropout"
WARM_UP, COOL_DOWN = 0.02, 0.65  # parts of the steps with a rising and a falling learning rate
ROUNDED_PART = 0.25  # at the end, the weights are rounded as the package will round them


class Lines:
    """Tokenised lines of all kinds, to be drawn in batches of similar length."""

    def __init__(self, store: dict[str, np.ndarray], part: str, renumber: np.ndarray, batch: int) -> None:
        self.batch = batch  # tokens
        self.tokens = {kind: renumber[store[f"{part}_{kind}"]] for kind in KINDS}
        self.lengths = {kind: store[f"{part}_{kind}_lengths"] for kind in KINDS}
        self.starts = {kind: np.cumsum(self.lengths[kind]) - self.lengths[kind] for kind in KINDS}

    def batches(self, rng: np.random.Generator, weights: dict[str, float]) -> Iterator[tuple]:
        """One weighted pass over the lines: (tokens, lengths) padded with the end token."""
        picks = []
        for index, kind in enumerate(KINDS):
            count = len(self.lengths[kind])
            whole, rest = divmod(weights[kind], 1)
            chosen = [np.arange(count)] * int(whole) + [rng.permutation(count)[: int(rest * count)]]
            lines = np.concatenate(chosen)
            picks.append(np.stack([np.full(len(lines), index), lines], 1))
        all_picks = rng.permutation(np.concatenate(picks))
        pool = 20000
        for at in range(0, len(all_picks), pool):
            yield from self._pool_batches(all_picks[at : at + pool], rng)

    def _pool_batches(self, picks: np.ndarray, rng: np.random.Generator) -> Iterator[tuple]:
        lengths = np.array([self.lengths[KINDS[kind]][line] for kind, line in picks])
        order = np.argsort(lengths + rng.random(len(lengths)), kind="stable")
        groups, now = [], []
        for index in order:
            if now and (len(now) + 1) * min(lengths[index], LONGEST) > self.batch:
                groups.append(now)
                now = []
            now.append(index)
        groups.append(now)
        for group in rng.permutation(len(groups)):
            yield self.pad([(KINDS[kind], line) for kind, line in picks[groups[group]]])

    def pad(self, picks: list[tuple[str, int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """The named lines as columns of one array, and their lengths."""
        lengths = [min(int(self.lengths[kind][line]), LONGEST) for kind, line in picks]
        out = np.full((len(picks), max(lengths)), TextNetwork.end, np.int64)
        for row, (kind, line) in enumerate(picks):
            start = self.starts[kind][line]
            out[row, : lengths[row]] = self.tokens[kind][start : start + lengths[row]]
        return torch.from_numpy(out.T.copy()), torch.tensor(lengths)


def endless(lines: Lines, seed: int) -> Iterator[tuple]:
    """One weighted pass after another."""
    rng = np.random.default_rng(seed)
    while True:
        yield from lines.batches(rng, WEIGHTS)


def evaluate(net: TextNetwork, lines: Lines, rounded: bool, limit: int = 600) -> dict[str, float]:
    """Mean bytes a line of each kind, as ideal code lengths."""
    net.eval()
    device, means = net.starts.device, {}
    with torch.no_grad():
        for kind in KINDS:
            count = min(limit, len(lines.lengths[kind]))
            order = np.argsort(lines.lengths[kind][:count])
            nats = 0.0
            for at in range(0, count, 50):
                tokens, lengths = lines.pad([(kind, int(line)) for line in order[at : at + 50]])
                nats += net(tokens.to(device), lengths.to(device), rounded)[0].sum().item()
            means[kind] = nats / math.log(2) / 8 / count
    net.train()
    return means


def learning_rate(progress: float, peak: float) -> float:
    """Up, level, then straight down to nothing."""
    return peak * max(0.0, min(1.0, progress / WARM_UP, (1 - progress) / COOL_DOWN))


def save(path: Path, net: TextNetwork, optimiser: torch.optim.Optimizer, **progress: object) -> None:
    """Write the checkpoint beside the old one, then replace it, so that a crash leaves one of them."""
    new = path.with_suffix(".new")
    torch.save({"net": net.state_dict(), "optimiser": optimiser.state_dict()} | progress, new)
    new.replace(path)


def load_teacher(path: Path, sizes: list[int], device: str) -> TextNetwork:
    """A network that is trained no more."""
    saved = torch.load(path, map_location=device)
    net = TextNetwork(sizes, *(saved["shape"][name] for name in SHAPE)).to(device)
    net.load_state_dict(saved["net"])
    return net.eval().requires_grad_(False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path, help="folder with tokens.npz and groups.npz; gets network.pt")
    add_arguments(parser, steps=12_934)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--state", type=int, default=448)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--rate", type=float, default=3e-3, help="peak learning rate (default: %(default)s)")
    parser.add_argument("--decay", type=float, default=0.01, help="of the weights (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=6144, help="tokens (default: %(default)s)")
    parser.add_argument("--teachers", type=Path, nargs="*", default=[], help="checkpoints of networks to learn from")
    parser.add_argument("--whole", action="store_true", help="never round the weights: for a teacher")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--name", default="network", help="name of the checkpoint (default: %(default)s)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    store = dict(np.load(args.work / "tokens.npz"))
    groups = np.load(args.work / "groups.npz")
    renumber = np.argsort(groups["order"]).astype(np.int64)
    train, dev = (Lines(store, part, renumber, args.batch) for part in ("train", "dev"))
    seeded(args.seed)
    sizes, shape = groups["sizes"].tolist(), {name: getattr(args, name) for name in SHAPE}
    net = TextNetwork(sizes, **shape).to(args.device)
    teachers = [load_teacher(path, sizes, args.device) for path in args.teachers]
    print(sum(p.numel() for p in net.parameters()), "parameters", flush=True)
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, betas=(0.9, 0.98), weight_decay=args.decay)
    path = args.work / f"{args.name}.pt"
    done, seen = 0, 0
    if path.exists():
        saved = torch.load(path, map_location=args.device)
        net.load_state_dict(saved["net"])
        optimiser.load_state_dict(saved["optimiser"])
        done, seen = saved["steps"], saved["seen"]
    mean, batches = float("nan"), endless(train, args.seed + done)
    for step in run(args.steps, every=250, first=done):
        rounded = step.part > 1 - ROUNDED_PART and not args.whole
        tokens, lengths = (x.to(args.device) for x in next(batches))
        set_rate(optimiser, learning_rate(step.part, args.rate))
        optimiser.zero_grad(set_to_none=True)
        nats, _ = net(tokens, lengths, rounded)
        loss = nats.mean()
        taught = TAUGHT * (net.distil(teachers, tokens, lengths, rounded).mean() - loss) if teachers else 0.0
        (loss + taught).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        seen += len(nats)
        mean = loss.item() if math.isnan(mean) else 0.99 * mean + 0.01 * loss.item()
        if step.due:
            found = " ".join(f"{kind} {value:.2f}" for kind, value in evaluate(net, dev, rounded).items())
            print(f"step {step.number}, {seen / 1e6:.2f} M tokens,", end=" ")
            print(f"loss {mean:.4f}; dev bytes a line: {found}", flush=True)
            save(path, net, optimiser, steps=step.number, seen=seen, seed=args.seed, shape=shape)
    found = " ".join(f"{kind} {value:.3f}" for kind, value in evaluate(net, dev, not args.whole, 10**6).items())
    print(f"end: step {args.steps}, {seen / 1e6:.2f} M tokens, dev bytes a line (rounded weights): {found}")


if __name__ == "__main__":
    main()
