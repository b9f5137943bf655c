"""Compare our whole training step with the usual arrangement, in one run, alternating.

Usual: `nn.LSTM`, `nn.Linear` tied to the embedding, `cross_entropy`, unfused AdamW, gradients
clipped. Ours: the trainer's step on `RecurrentLM`, its chunked head, fused AdamW, the same
arithmetic: the full softmax. Default: what `lmkit train` does with a vocabulary of this size,
sampled softmax and Muon; it does other arithmetic, so it has a rate and no share. All train on the
same random ids. How arithmetic is counted: lmkit/bench/training.py.
"""

import argparse
import itertools
import json
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from lmkit.bench.machine import measure_machine
from lmkit.bench.training import (
    DEFAULT,
    FULL,
    WINDOW,
    Step,
    operations_per_word,
    random_windows,
    take_turns,
    training_step,
)
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.results.bench import Machine
from lmkit.training.precision import product_dtype

VOCABULARY = 10_000
CLIP = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepComparison:
    """One size of model."""

    hidden: int
    ours_words_per_second: float
    usual_words_per_second: float
    default_words_per_second: float
    ratio: float  # ours against usual
    default_ratio: float  # default against usual
    ours_share_of_matrix_product: float  # in the number format of our products
    usual_share_of_matrix_product: float  # in float32, by torch


class UsualModel(nn.Module):
    """What a tutorial builds: every part as torch gives it."""

    def __init__(self, hidden: int, vocabulary: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.lstm = nn.LSTM(hidden, hidden, 2)
        self.output = nn.Linear(hidden, vocabulary)
        self.output.weight = self.embedding.weight

    def forward(self, ids: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        outputs, (h, c) = self.lstm(self.embedding(ids), state)
        return self.output(outputs), h.detach(), c.detach()


def usual_step(hidden: int, batch: int) -> Step:
    """Return the usual training step over a fresh model."""
    model = UsualModel(hidden, VOCABULARY)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, foreach=False, fused=False)
    state = (torch.zeros(2, batch, hidden), torch.zeros(2, batch, hidden))
    windows, cursor = random_windows(VOCABULARY, batch=batch, window=WINDOW), itertools.count()

    def step() -> None:
        nonlocal state
        read = windows.at(next(cursor))
        logits, h, c = model(read.inputs.t(), state)
        state = (h, c)
        loss = functional.cross_entropy(logits.flatten(0, 1), read.targets.t().flatten())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), CLIP, foreach=False)
        optimizer.step()

    return step


def compare(
    hidden: int, batch: int, *, rounds: int, steps: int, machine: Machine
) -> StepComparison:
    """Time the steps in turns and take the medians."""
    config = RecurrentLMConfig(vocab_size=VOCABULARY, hidden=hidden, embedding=hidden, head="full")
    full, default = RecurrentLM(config), RecurrentLM(replace(config, head="auto"))
    takers = {
        "ours": training_step(full, FULL, batch=batch),
        "usual": usual_step(hidden, batch),
        "default": training_step(default, DEFAULT, batch=batch),
    }
    dtype = product_dtype(FULL.precision, full)
    turns = take_turns(takers, rounds=rounds, steps=steps, dtype=dtype)
    rates = {name: batch * WINDOW / seconds for name, seconds in turns.seconds.items()}
    words = 1e9 / operations_per_word(full)  # that 10^9 operations train
    return StepComparison(
        hidden=hidden,
        ours_words_per_second=rates["ours"],
        usual_words_per_second=rates["usual"],
        default_words_per_second=rates["default"],
        ratio=rates["ours"] / rates["usual"],
        default_ratio=rates["default"] / rates["usual"],
        ours_share_of_matrix_product=rates["ours"] / (turns.gflops * words),
        usual_share_of_matrix_product=rates["usual"] / (machine.torch_gflops * words),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--hidden", type=int, nargs="+", default=[256, 650])
    parser.add_argument("--batch", type=int, default=20, help="streams read side by side")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each arrangement")
    parser.add_argument("--steps", type=int, default=5, help="training steps a turn")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as torch takes")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    arguments = parser.parse_args()
    machine = measure_machine(arguments.threads)
    results = [
        compare(
            hidden,
            arguments.batch,
            rounds=arguments.rounds,
            steps=arguments.steps,
            machine=machine,
        )
        for hidden in arguments.hidden
    ]
    if arguments.json:
        print(json.dumps({"machine": asdict(machine), "results": [asdict(r) for r in results]}))
        return
    bfloat16 = machine.bfloat16_gflops
    print(
        f"matrix product {machine.gflops:.0f} GFLOP/s in float32, "
        f"{f'{bfloat16:.0f} in bfloat16' if bfloat16 else 'none in bfloat16'}, "
        f"{machine.threads} threads"
    )
    for result in results:
        print(
            f"2 x {result.hidden}: ours {result.ours_words_per_second:,.0f} words/s"
            f" ({result.ours_share_of_matrix_product:.0%} of the matrix product),"
            f" usual {result.usual_words_per_second:,.0f}"
            f" ({result.usual_share_of_matrix_product:.0%}), ratio {result.ratio:.2f};"
            f" default {result.default_words_per_second:,.0f}, ratio {result.default_ratio:.2f}"
        )


if __name__ == "__main__":
    main()
