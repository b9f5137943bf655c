import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from lmkit.bench.training import (
    FULL,
    measure_training,
    operations_per_word,
    take_turns,
    training_step,
)
from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

pytestmark = pytest.mark.usefixtures("small_products")

TINY = RecurrentLMConfig(vocab_size=30, layers=2, hidden=6, embedding=6, head="full")


def counted_operations(model, *, batch, time):
    """Count what one step multiplies, the layers taken word by word, as torch counts it."""
    ids = torch.randint(model.vocab_size, (time, batch), generator=make_generator(0))
    states = [tuple(part.requires_grad_() for part in state) for state in model.start(batch)]
    with FlopCounterMode(display=False) as counter:
        total = torch.zeros(())
        for words in model.embedding(ids):
            x = words
            for number, layer in enumerate(model.recurrent.layers):
                taken = layer.step(x, states[number])
                x, states[number] = taken.output, taken.state
            total = total + torch.logsumexp(x @ model.head.weight.t(), dim=1).sum()
        total.backward()
    return counter.get_total_flops()


def test_the_operations_of_a_step_are_those_that_torch_counts():
    model = RecurrentLM(TINY, make_generator(0))
    counted = counted_operations(model, batch=2, time=5)
    assert operations_per_word(model) * 2 * 5 == counted


def test_each_step_reads_on_and_moves_the_weights():
    model = RecurrentLM(TINY, make_generator(0))
    step = training_step(model, FULL, batch=2, window=5)
    before = model.head.weight.tolist()
    first = step()
    assert first.count == 10
    after = model.head.weight.tolist()
    assert step().nats != first.nats
    assert before != after


def test_steps_are_taken_in_turns_after_a_warm_up():
    taken = []
    takers = {name: lambda name=name: taken.append(name) for name in "ab"}
    turns = take_turns(takers, rounds=2, steps=3)
    assert taken == [*"aabb", *"aaabbb" * 2]
    assert set(turns.seconds) == {"a", "b"}


def test_training_has_a_rate_with_each_softmax_and_a_share():
    found = measure_training(TINY, rounds=1, steps=1)
    assert min(found.to_dict().values()) > 0
