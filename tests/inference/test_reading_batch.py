from dataclasses import dataclass, field

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.inference.reading_batch import ReadingBatch
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

MODEL = RecurrentLM(
    RecurrentLMConfig(vocab_size=20, hidden=6, embedding=6), torch.Generator().manual_seed(0)
).eval()


@dataclass(eq=False)
class Text:
    unread: list[int] = field(default_factory=list)


def batch_of(*texts):
    batch = ReadingBatch(MODEL)
    batch.join(texts, [MODEL.start(1) for _ in texts])
    return batch


def after(*ids):
    """Log-probabilities after ids read alone."""
    return MODEL.read(torch.tensor([ids]), MODEL.start(1))[0].last().log_probs()[0, 0]


def assert_after(read, *expected):
    found = read.prediction.last().log_probs()[:, 0]
    torch.testing.assert_close(found, torch.stack([after(*ids) for ids in expected]))


def test_as_many_ids_are_read_as_every_sequence_has():
    one, two = Text([3, 4, 5]), Text([6, 7])
    read = batch_of(one, two).read(9)
    assert read.times == 2
    assert read.sequences == (one, two)
    assert (one.unread, two.unread) == ([5], [])
    assert_after(read, (3, 4), (6, 7))


def test_no_more_ids_are_read_than_is_allowed():
    one = Text([3, 4, 5])
    assert batch_of(one).read(2).times == 2
    assert one.unread == [5]


def test_sequences_join_between_reads():
    one, two = Text([3, 4]), Text([6])
    batch = batch_of(one)
    batch.read(1)
    batch.join([two], [MODEL.start(1)])
    assert len(batch) == 2
    assert_after(batch.read(1), (3, 4), (6,))


def test_sequences_leave_between_reads():
    one, two, three = Text([3, 4]), Text([6, 7]), Text([8, 9])
    batch = batch_of(one, two, three)
    batch.read(1)
    batch.remove(two)
    assert two not in batch
    assert one in batch
    assert_after(batch.read(1), (3, 4), (8, 9))


def test_a_fork_goes_on_from_the_same_state():
    one, two = Text([3]), Text([6])
    batch = batch_of(one, two)
    batch.read(1)
    copy = Text([5])
    one.unread, two.unread = [4], [7]
    batch.fork(one, copy)
    batch.remove(two)
    assert_after(batch.read(1), (3, 4), (3, 5))


def test_a_batch_that_was_emptied_takes_sequences_in_again():
    one, two = Text([3]), Text([6])
    batch = batch_of(one)
    batch.read(1)
    batch.remove(one)
    assert not batch
    batch.join([two], [MODEL.start(1)])
    assert_after(batch.read(1), (6,))


def test_a_model_that_cannot_join_takes_one_sequence_alone():
    cache = NeuralCache(MODEL)
    batch = ReadingBatch(cache)
    batch.join([Text([3])], [cache.start(1)])
    batch.read(1)
    with pytest.raises(UsageError, match="read each text alone"):
        batch.join([Text([4])], [cache.start(1)])


def test_the_state_of_one_sequence_goes_on_as_it_would_alone():
    one, two = Text([3]), Text([6])
    batch = batch_of(one, two)
    batch.read(1)
    state = batch.state_of(two)
    prediction, _ = MODEL.read(torch.tensor([[7]]), state)
    torch.testing.assert_close(prediction.log_probs()[0, 0], after(6, 7))
