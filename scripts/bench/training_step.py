"""Compare our whole training step with the usual arrangement, in one run, alternating.

Usual: `nn.LSTM`, `nn.Linear` tied to the embedding, `cross_entropy`, unfused AdamW, gradients
clipped. Ours: `RecurrentLM`, its chunked head, fused AdamW, the same arithmetic: the full softmax.
Default: what `lmkit train` does with a vocabulary of this size, sampled softmax and Muon; it does
other arithmetic, so it has a rate and no share. All train on the same random ids.

Arithmetic of one step over N ids, in floating-point operations. A matrix of P weights costs 2 P a
position forward, and 4 P backward (once for its input, once for itself):

    layer:   P = 4 hidden (input + hidden)
    head:    P = vocabulary x width
    step:    6 N x the sum of P

Look-ups, gates, softmax, clipping and the optimiser count as nothing, so the share of the matrix
product that a step reaches is a lower bound of what the machine does.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import torch
from machine import Machine, measure_machine, measure_matrix_product
from torch import Tensor, nn
from torch.nn import functional

from lmkit.models.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.nn.state import State, detach
from lmkit.training.config import TrainingConfig
from lmkit.training.optimizers import OPTIMIZERS

VOCABULARY = 10_000
TIME = 35
CLIP = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """A batch of random ids, each (batch, time)."""

    inputs: Tensor
    targets: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One size of model."""

    hidden: int
    ours_words_per_second: float
    usual_words_per_second: float
    default_words_per_second: float
    ratio: float  # ours against usual
    default_ratio: float  # default against usual
    ours_share_of_matrix_product: float
    usual_share_of_matrix_product: float


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


def usual_step(hidden: int, vocabulary: int, batch: int) -> Callable[[Window], None]:
    """Return the usual training step over a fresh model."""
    model = UsualModel(hidden, vocabulary)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, foreach=False, fused=False)
    state = (torch.zeros(2, batch, hidden), torch.zeros(2, batch, hidden))

    def step(window: Window) -> None:
        nonlocal state
        logits, h, c = model(window.inputs.t(), state)
        state = (h, c)
        loss = functional.cross_entropy(logits.flatten(0, 1), window.targets.t().flatten())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), CLIP, foreach=False)
        optimizer.step()

    return step


def our_step(
    config: RecurrentLMConfig, training: TrainingConfig, batch: int
) -> Callable[[Window], None]:
    """Return our training step over a fresh model."""
    model = RecurrentLM(config)
    optimizers = OPTIMIZERS.get(training.optimizer)(model, training)
    state: State = model.start(batch)

    def step(window: Window) -> None:
        nonlocal state
        loss, after = model.loss(window, state)
        state = detach(after)
        optimizers.clear_gradients()
        loss.objective.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), CLIP, foreach=True)
        optimizers.step()

    return step


def compare(hidden: int, batch: int, *, rounds: int, steps: int, machine: Machine) -> Result:
    """Time both steps in turns and take the medians."""
    config = RecurrentLMConfig(vocab_size=VOCABULARY, hidden=hidden, embedding=hidden, head="full")
    window = Window(*torch.randint(VOCABULARY, (2, batch, TIME)))
    takers = {
        "ours": our_step(config, TrainingConfig(optimizer="adamw", learning_rate=1e-3), batch),
        "usual": usual_step(hidden, VOCABULARY, batch),
        "default": our_step(
            replace(config, head="auto"), TrainingConfig(learning_rate=1e-3), batch
        ),
    }
    seconds: dict[str, list[float]] = {name: [] for name in takers}
    for taker in takers.values():
        time_steps(taker, window, steps=2)
    rates = [machine.gflops]
    for _ in range(rounds):
        for name, taker in takers.items():
            seconds[name].append(time_steps(taker, window, steps=steps))
        rates.append(measure_matrix_product(runs=3))
    words = batch * TIME
    operations = 6 * words * (2 * 4 * hidden * 2 * hidden + VOCABULARY * hidden)
    fast, slow = statistics.median(seconds["ours"]), statistics.median(seconds["usual"])
    default = statistics.median(seconds["default"])
    possible = statistics.median(rates) * 1e9
    return Result(
        hidden=hidden,
        ours_words_per_second=words / fast,
        usual_words_per_second=words / slow,
        default_words_per_second=words / default,
        ratio=slow / fast,
        default_ratio=slow / default,
        ours_share_of_matrix_product=operations / fast / possible,
        usual_share_of_matrix_product=operations / slow / possible,
    )


def time_steps(step: Callable[[Window], None], window: Window, *, steps: int) -> float:
    """Return the seconds of one step, the mean of some."""
    start = time.perf_counter()
    for _ in range(steps):
        step(window)
    return (time.perf_counter() - start) / steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--hidden", type=int, nargs="+", default=[256, 650])
    parser.add_argument("--batch", type=int, default=20, help="streams read side by side")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each arrangement")
    parser.add_argument("--steps", type=int, default=5, help="training steps a turn")
    parser.add_argument("--threads", type=int, default=0, help="0: every core")
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
    print(f"matrix product {machine.gflops:.0f} GFLOP/s, {machine.threads} threads")
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
