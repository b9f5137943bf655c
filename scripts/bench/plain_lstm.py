"""A language model by hand, on any device: `nn.LSTM`, `cross_entropy`, AdamW, and nothing else.

Every part is as torch gives it: tied `nn.Linear`, dropout of `nn.LSTM`, `clip_grad_norm_`, fused
AdamW where the device has one. It is what lmkit is compared with on a GPU, see gpu.py.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

State = tuple[Tensor, Tensor]

CLIP, RATE = 1.0, 2e-3
LOOK_EVERY = 50  # steps between two looks at the clock, for which the device is waited for
VALID_STREAMS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainShape:
    """Sizes of the model and of its windows."""

    vocab_size: int
    layers: int = 2
    hidden: int = 512
    dropout: float = 0.5
    streams: int = 64
    window: int = 35


class PlainLM(nn.Module):
    """Word vectors, stacked LSTM, output layer tied to the vectors."""

    def __init__(self, shape: PlainShape) -> None:
        super().__init__()
        self.shape = shape
        self.drop = nn.Dropout(shape.dropout)
        self.embedding = nn.Embedding(shape.vocab_size, shape.hidden)
        self.lstm = nn.LSTM(shape.hidden, shape.hidden, shape.layers, dropout=shape.dropout)
        self.output = nn.Linear(shape.hidden, shape.vocab_size)
        self.output.weight = self.embedding.weight
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        nn.init.zeros_(self.output.bias)

    def start(self, streams: int) -> State:
        """Return the state of having read nothing."""
        weight = self.embedding.weight
        return (
            weight.new_zeros(self.shape.layers, streams, self.shape.hidden),
            weight.new_zeros(self.shape.layers, streams, self.shape.hidden),
        )

    def forward(self, ids: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ids, shape (time, streams); return logits, shape (time x streams, vocab)."""
        outputs, state = self.lstm(self.drop(self.embedding(ids)), state)
        logits: Tensor = self.output(self.drop(outputs))
        return logits.flatten(0, 1), state


def plain_step(
    shape: PlainShape, device: torch.device, ids: Tensor, *, autocast: bool = False
) -> tuple[PlainLM, Callable[[], Tensor]]:
    """Return a new model, and what takes its next training step and returns the loss.

    Args:
        shape: Sizes.
        device: Where it is trained.
        ids: The text, shape (ids,); read again and again.
        autocast: Products in bfloat16, by `torch.autocast`.
    """
    model = PlainLM(shape).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, fused=device.type != "meta")
    data = as_streams(ids, shape.streams).to(device)
    starts = itertools.cycle(range(0, len(data) - shape.window, shape.window))
    state = model.start(shape.streams)

    def step() -> Tensor:
        nonlocal state
        first = next(starts)
        window = data[first : first + shape.window + 1]
        with torch.autocast(device.type, torch.bfloat16, enabled=autocast):
            logits, after = model(window[:-1], state)
            loss = functional.cross_entropy(logits, window[1:].flatten())
        state = (after[0].detach().float(), after[1].detach().float())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        return loss.detach()

    return model, step


def as_streams(ids: Tensor, streams: int) -> Tensor:
    """Cut ids into equal streams, shape (time, streams); what is left over is dropped."""
    length = len(ids) // streams
    return ids[: length * streams].view(streams, length).t().contiguous()


@torch.no_grad()
def plain_perplexity(model: PlainLM, ids: Tensor) -> float:
    """Return the perplexity per word of a text, shape (ids,)."""
    device = model.embedding.weight.device
    data = as_streams(ids, VALID_STREAMS).to(device)
    model.eval()
    state, sums = model.start(VALID_STREAMS), []
    for first in range(0, len(data) - 1, model.shape.window):
        targets = data[first + 1 : first + 1 + model.shape.window]
        logits, state = model(data[first : first + len(targets)], state)
        sums.append(functional.cross_entropy(logits, targets.flatten(), reduction="sum"))
    model.train()
    return math.exp(min(float(torch.stack(sums).sum()) / data[1:].numel(), 700.0))


def plain_curve(
    shape: PlainShape, device: torch.device, learnt: Tensor, measured: Tensor, *, at: list[float]
) -> Iterator[tuple[float, int, float]]:
    """Train, and yield seconds of training, words and validation perplexity at some times.

    Args:
        shape: Sizes.
        device: Where it is trained.
        learnt: Training text, shape (ids,).
        measured: Validation text, shape (ids,).
        at: Seconds of training at which to validate, rising; the clock stands meanwhile.
    """
    torch.manual_seed(0)
    model, step = plain_step(shape, device, learnt)
    words, clock, began = 0, 0.0, time.perf_counter()
    for until in at:
        while clock < until:
            for _ in range(LOOK_EVERY if device.type != "cpu" else 1):
                loss = step()
                words += shape.streams * shape.window
            float(loss)  # waits for the device
            clock += time.perf_counter() - began
            began = time.perf_counter()
        yield clock, words, plain_perplexity(model, measured)
        began = time.perf_counter()
