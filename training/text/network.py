"""The network of the text layer as it is trained; the package holds its integer form."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

NEVER = -1e4  # the logit of what there is not


class Recurrence(torch.autograd.Function):
    """The time steps of a GRU, with the weight gradient of all steps in one product at the end.

    On a processor this trains several times faster than `torch.nn.GRU`, which adds up the weight
    gradient step by step. Products are in bfloat16, everything else in float32.
    """

    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """States (time, batch, n) from the inputs (time, batch, 3n): reset, update, candidate."""
        time, batch, width = x.shape
        n = width // 3
        states = torch.zeros(time + 1, batch, n)
        low = torch.zeros(time + 1, batch, n, dtype=torch.bfloat16)
        gates = torch.empty(time, batch, 2 * n)
        fresh, inner = torch.empty(time, batch, n), torch.empty(time, batch, n)
        back = weight.t()
        for t in range(time):
            g = torch.mm(low[t], back)
            torch.add(x[t, :, : 2 * n], g[:, : 2 * n], out=gates[t]).sigmoid_()
            torch.add(g[:, 2 * n :], bias, out=inner[t])
            torch.addcmul(x[t, :, 2 * n :], gates[t, :, :n], inner[t], out=fresh[t]).tanh_()
            torch.lerp(fresh[t], states[t], gates[t, :, n:], out=states[t + 1])
            low[t + 1].copy_(states[t + 1])
        ctx.save_for_backward(weight, states, low, gates, fresh, inner)
        return states[1:]

    @staticmethod
    def backward(ctx, d_states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        weight, states, low, gates, fresh, inner = ctx.saved_tensors
        time, batch, n = fresh.shape
        r, z = gates[..., :n], gates[..., n:]
        d_gates = torch.empty(time, batch, 3 * n, dtype=torch.bfloat16)
        d_x = torch.empty(time, batch, 3 * n)
        d = torch.zeros(batch, n)
        for t in range(time - 1, -1, -1):
            d = d + d_states[t]
            # Derivatives of the candidate, the reset gate and the update gate before their curves.
            torch.mul(d, (1 - z[t]).mul_(1 - fresh[t].square()), out=d_x[t, :, 2 * n :])
            slope = (1 - gates[t]).mul_(gates[t])
            torch.mul(d_x[t, :, 2 * n :], slope[:, :n].mul_(inner[t]), out=d_x[t, :, :n])
            torch.mul(d, slope[:, n:].mul_(states[t] - fresh[t]), out=d_x[t, :, n : 2 * n])
            d_gates[t, :, : 2 * n].copy_(d_x[t, :, : 2 * n])
            torch.mul(d_x[t, :, 2 * n :], r[t], out=d_gates[t, :, 2 * n :])
            d = torch.addcmul(torch.mm(d_gates[t], weight), d, z[t])
        flat = d_gates.reshape(-1, 3 * n)
        d_weight = torch.mm(flat.t(), low[:-1].reshape(-1, n))
        return d_x, d_weight, flat[:, 2 * n :].float().sum(0)


def library_recurrence(x: Tensor, weights: list[Tensor], input_bias: Tensor, state_bias: Tensor) -> Tensor:
    """What `Recurrence` computes of the products of x (time, batch, width), by the library: for GPUs."""
    n = len(state_bias)
    start = x.new_zeros(1, x.shape[1], n)
    biases = [input_bias, torch.cat([state_bias.new_zeros(2 * n), state_bias])]
    states: Tensor = torch._VF.gru(x, start, [*weights, *biases], True, 1, 0.0, True, False, False)[0]
    return states


class TextNetwork(nn.Module):
    """Embedding, one GRU, a projection that also sees the embedding, and a softmax of two levels.

    Args:
        sizes: number of tokens in each group; the tokens of a group are numbered one after another.
        width: of the embedding.
        state: of the GRU.
        hidden: of the projection from which both softmax levels are computed.
        dropout: on the embedding and on the projection.
    """

    def __init__(self, sizes: list[int], width: int, state: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.sizes, self.state, self.dropout = sizes, state, dropout
        tokens = sum(sizes)
        self.embedding = nn.Parameter(torch.randn(tokens, width) * 0.3)
        self.input_weight = nn.Parameter(torch.randn(3 * state, width) * 0.1)
        self.state_weight = nn.Parameter(torch.randn(3 * state, state) * state**-0.5)
        self.input_bias = nn.Parameter(torch.zeros(3 * state))
        self.state_bias = nn.Parameter(torch.zeros(state))
        self.project = nn.Linear(state + width, hidden)
        self.group_head = nn.Linear(hidden, len(sizes))
        self.token_head = nn.Linear(hidden, tokens)
        for head in (self.group_head, self.token_head):
            nn.init.normal_(head.weight, std=0.05)
            nn.init.zeros_(head.bias)
        starts = torch.tensor([0, *torch.tensor(sizes).cumsum(0).tolist()])
        self.register_buffer("starts", starts[:-1])
        groups = torch.arange(len(sizes))
        self.register_buffer("group_of", groups.repeat_interleave(torch.tensor(sizes)))
        places = torch.arange(max(sizes)).expand(len(sizes), -1)
        members = torch.where(places < torch.tensor(sizes)[:, None], self.starts[:, None] + places, -1)
        self.register_buffer("members", members, persistent=False)

    def features(self, tokens: Tensor, rounded: bool) -> Tensor:
        """Projection for tokens of shape (time, batch): the prediction of each next token."""
        cast = _rounded if rounded else _plain
        x = functional.dropout(
            functional.embedding(tokens, cast(self.embedding, whole=True)), self.dropout, self.training
        )
        own = cast(self.input_weight), cast(self.state_weight)
        if x.is_cuda:
            h = library_recurrence(x, [*own], self.input_bias, self.state_bias)
        else:
            inputs = functional.linear(x.bfloat16(), own[0].bfloat16()).float() + self.input_bias
            h = Recurrence.apply(inputs, own[1].bfloat16(), self.state_bias)
        both = torch.cat([functional.dropout(h, self.dropout, self.training), x], -1).bfloat16()
        o = functional.linear(both, cast(self.project.weight).bfloat16()).float() + self.project.bias
        return functional.dropout(torch.tanh(o), self.dropout, self.training)

    def predict(self, o: Tensor, group: Tensor, rounded: bool) -> tuple[Tensor, Tensor]:
        """Log-probabilities of the groups (n, groups), and of the tokens of one group each (n, largest group).

        Args:
            o: the projection (n, hidden).
            group: the group of each (n,).
        """
        cast = _rounded if rounded else _plain
        groups = functional.linear(o, cast(self.group_head.weight), self.group_head.bias)
        # All tokens and then those of a group: many times the products, yet without a loop.
        weight, bias = cast(self.token_head.weight), self.token_head.bias
        every = functional.linear(o.bfloat16(), weight.bfloat16(), bias.bfloat16())
        own = self.members[group]
        tokens = every.gather(1, own.clamp_min(0)).float().masked_fill(own < 0, NEVER)
        return groups.log_softmax(1), tokens.log_softmax(1)

    def cost(self, o: Tensor, targets: Tensor, rounded: bool) -> Tensor:
        """Code length in nats of each target; o is (n, hidden), targets (n,), in order of group."""
        group = self.group_of[targets]
        inner = targets - self.starts[group]
        if o.is_cuda:
            groups, tokens = self.predict(o, group, rounded)
            return -(groups.gather(1, group[:, None]) + tokens.gather(1, inner[:, None]))[:, 0]
        cast = _rounded if rounded else _plain
        logits = functional.linear(o, cast(self.group_head.weight), self.group_head.bias)
        total = functional.cross_entropy(logits, group, reduction="none")
        counts = torch.bincount(group, minlength=len(self.sizes)).tolist()
        weights = cast(self.token_head.weight).split(self.sizes)
        biases = self.token_head.bias.split(self.sizes)
        parts = [
            functional.cross_entropy(functional.linear(here, weight, bias), target, reduction="none")
            for here, weight, bias, target in zip(o.split(counts), weights, biases, inner.split(counts), strict=True)
            if len(here)
        ]
        return total + torch.cat(parts)

    def used(self, tokens: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The inputs (time, batch) of padded lines, and where among them is a token, in order of the tokens."""
        time, batch = tokens.shape
        inputs = torch.cat([tokens.new_full((1, batch), self.end), tokens[:-1]])
        places = (torch.arange(time, device=tokens.device)[:, None] < lengths[None]).reshape(-1).nonzero()[:, 0]
        return inputs, places[torch.argsort(tokens.reshape(-1)[places])]

    def forward(self, tokens: Tensor, lengths: Tensor, rounded: bool = False) -> tuple[Tensor, Tensor]:
        """Nats of every token of padded lines (time, batch), and the line each belongs to.

        The first input of every line is its end token (the padding), as at coding time.
        """
        inputs, places = self.used(tokens, lengths)
        features = self.features(inputs, rounded).flatten(0, 1)
        return self.cost(features[places], tokens.reshape(-1)[places], rounded), places % tokens.shape[1]

    def distil(self, teachers: Sequence[TextNetwork], tokens: Tensor, lengths: Tensor, rounded: bool) -> Tensor:
        """Nats of tokens as others predict them (Hinton et al., "Distilling the knowledge in a neural network", 2015).

        The mean of the teachers' probabilities takes the place of what came: of groups, and of the tokens of the group
        that came.
        """
        inputs, places = self.used(tokens, lengths)
        group = self.group_of[tokens.reshape(-1)[places]]
        groups, own = self.predict(self.features(inputs, rounded).flatten(0, 1)[places], group, rounded)
        with torch.no_grad():
            found = [
                teacher.predict(teacher.features(inputs, False).flatten(0, 1)[places], group, False)
                for teacher in teachers
            ]
            wanted = [torch.stack(part).exp().mean(0) for part in zip(*found, strict=True)]
        return -(wanted[0] * groups).sum(1) - (wanted[1] * own).sum(1)

    end = 0  # number of the end token


def _plain(weight: Tensor, whole: bool = False) -> Tensor:
    return weight


def _rounded(weight: Tensor, whole: bool = False) -> Tensor:
    """The weight as its 8-bit form represents it, with the gradient of the unrounded one."""
    top = weight.detach().abs()
    scale = (top.max() if whole else top.amax(1, keepdim=True)).clamp_min(1e-8) / 127
    return weight + ((weight.detach() / scale).round() * scale - weight.detach())
