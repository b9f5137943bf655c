"""The usual recipe for a word-level LSTM, from its published description, to compare with.

2 x 650 `nn.LSTM`, word vectors of 650 tied to the output, dropout 0.5, weights uniform in +-0.1,
plain SGD at 20 divided by 4 whenever the validation perplexity of an epoch is no better, gradients
clipped at 0.25, 20 streams of 35 words. Words are what stands between white space, and the end of
each line is one more; the vocabulary is that of the training text.

Its validation in the middle of an epoch is ours, to draw a curve; it stops the recipe's clock.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from lmkit.bench.machine import measure_machine

Memory = tuple[Tensor, Tensor]

HIDDEN, LAYERS, DROPOUT = 650, 2, 0.5
RATE, CLIP, BATCH, TIME, SPREAD = 20.0, 0.25, 20, 35, 0.1
VALID_BATCH = 10
LINE_END, UNKNOWN = "\n", "<unk>"


@dataclass(frozen=True, slots=True)
class Point:
    """How far a run was at a time."""

    minutes: float  # of training
    words: int  # trained on
    perplexity: float  # of the validation text, per word


class ReferenceModel(nn.Module):
    """Word vectors, a stacked LSTM and a tied output layer, dropout between them."""

    def __init__(self, vocab_size: int, hidden: int = HIDDEN) -> None:
        super().__init__()
        self.drop = nn.Dropout(DROPOUT)
        self.embedding = nn.Embedding(vocab_size, hidden)
        self.lstm = nn.LSTM(hidden, hidden, LAYERS, dropout=DROPOUT)
        self.output = nn.Linear(hidden, vocab_size)
        self.output.weight = self.embedding.weight
        nn.init.uniform_(self.embedding.weight, -SPREAD, SPREAD)
        nn.init.zeros_(self.output.bias)

    def start(self, batch: int) -> Memory:
        """Return the memory of having read nothing."""
        zeros = torch.zeros(LAYERS, batch, self.lstm.hidden_size)
        return zeros, zeros

    def forward(self, ids: Tensor, memory: Memory) -> tuple[Tensor, Memory]:
        """Read ids, shape (time, batch); return logits, shape (time x batch, vocab)."""
        outputs, memory = self.lstm(self.drop(self.embedding(ids)), memory)
        logits: Tensor = self.output(self.drop(outputs))
        return logits.flatten(0, 1), memory


def word_ids(train: Path, valid: Path) -> tuple[Tensor, Tensor, int]:
    """Return the ids of both texts, and how many words there are."""
    known: dict[str, int] = {LINE_END: 0, UNKNOWN: 1}
    learnt = [known.setdefault(word, len(known)) for word in _words(train)]
    measured = [known.get(word, known[UNKNOWN]) for word in _words(valid)]
    return torch.tensor(learnt), torch.tensor(measured), len(known)


def streams(ids: Tensor, batch: int) -> Tensor:
    """Cut ids into equal streams, shape (time, batch); what is left over is dropped."""
    length = len(ids) // batch
    return ids[: length * batch].view(batch, length).t().contiguous()


@torch.no_grad()
def validate(model: ReferenceModel, data: Tensor) -> float:
    """Return the perplexity per word of streams, shape (time, batch)."""
    model.eval()
    memory, nats = model.start(data.shape[1]), 0.0
    for start in range(0, len(data) - 1, TIME):
        targets = data[start + 1 : start + 1 + TIME]
        logits, memory = model(data[start : start + len(targets)], memory)
        nats += functional.cross_entropy(logits, targets.flatten(), reduction="sum").item()
    model.train()
    return math.exp(min(nats / data[1:].numel(), 700.0))


def run(
    train: Path, valid: Path, *, minutes: float, every: float = 60.0, hidden: int = HIDDEN
) -> Iterator[Point]:
    """Train and yield the validation perplexity over time.

    Args:
        train: Text to learn from, a sentence a line.
        valid: Text to measure on.
        minutes: Of training and of the validation after each epoch.
        every: Seconds of training between the validations that only draw the curve.
        hidden: Units a layer.
    """
    learnt, measured, vocab_size = word_ids(train, valid)
    torch.manual_seed(0)
    model = ReferenceModel(vocab_size, hidden)
    data, held = streams(learnt, BATCH), streams(measured, VALID_BATCH)
    rate, best, words, clock, drawn = RATE, math.inf, 0, 0.0, 0.0
    while True:
        memory = model.start(BATCH)
        for start in range(0, len(data) - 1, TIME):
            began = time.perf_counter()
            targets = data[start + 1 : start + 1 + TIME]
            memory = step(model, data[start : start + len(targets)], targets, memory, rate=rate)
            clock, words = clock + time.perf_counter() - began, words + targets.numel()
            if clock - drawn >= every or clock >= 60 * minutes:
                drawn = clock
                yield Point(clock / 60, words, validate(model, held))
            if clock >= 60 * minutes:
                return
        began = time.perf_counter()
        perplexity = validate(model, held)
        clock += time.perf_counter() - began
        drawn = clock
        yield Point(clock / 60, words, perplexity)
        rate = rate if perplexity < best else rate / 4
        best = min(best, perplexity)


def step(
    model: ReferenceModel, inputs: Tensor, targets: Tensor, memory: Memory, *, rate: float
) -> Memory:
    """Learn from one window, both (time, batch); return the memory to go on with."""
    model.zero_grad()
    logits, (h, c) = model(inputs, memory)
    functional.cross_entropy(logits, targets.flatten()).backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(model.parameters(), CLIP)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.grad is not None:
                weight.add_(weight.grad, alpha=-rate)
    return h.detach(), c.detach()


def _words(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield from line.split()
            yield LINE_END


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("train", type=Path)
    parser.add_argument("--valid", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--every", type=float, default=60.0, help="seconds between measurements")
    parser.add_argument("--threads", type=int, default=0, help="0: every core")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    asked = parser.parse_args()
    machine = measure_machine(asked.threads)
    points = []
    for point in run(asked.train, asked.valid, minutes=asked.minutes, every=asked.every):
        points.append(point)
        if not asked.json:
            print(
                f"{point.minutes:6.2f} min  {point.words:10,} words  {point.perplexity:8.1f}",
                flush=True,
            )
    if asked.json:
        print(json.dumps({"machine": asdict(machine), "points": [asdict(p) for p in points]}))
        return
    print(
        f"matrix product {machine.gflops:.0f} GFLOP/s, copy {machine.copy_gb_per_second:.0f} GB/s, "
        f"{machine.threads} threads"
    )


if __name__ == "__main__":
    main()
