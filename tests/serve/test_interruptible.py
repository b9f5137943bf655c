"""A model that lets others go on between reads answers as the model does."""

import pytest
import torch

from lmkit.models.base import is_batchable
from lmkit.models.directions import Directions
from lmkit.serve.demands import StrandCancelledError
from lmkit.serve.interruptible import InterruptibleModel, interruptible


def test_each_read_is_followed_by_a_breath_and_changes_nothing(pieces_archive):
    model, breaths = pieces_archive.model, []
    wrapped = InterruptibleModel(model, lambda: breaths.append(1))
    ids = torch.tensor([[1, 2, 3]])
    found, state = wrapped.read(ids, wrapped.start(1))
    expected, own = model.read(ids, model.start(1))
    torch.testing.assert_close(found.log_probs(), expected.log_probs())
    assert len(breaths) == 1
    again, _ = wrapped.read(ids[:, :1], wrapped.select(wrapped.join([state, state]), [1]))
    torch.testing.assert_close(again.log_probs(), model.read(ids[:, :1], own)[0].log_probs())


def test_what_a_breath_raises_ends_the_reading(pieces_archive):
    def stop():
        raise StrandCancelledError

    wrapped = InterruptibleModel(pieces_archive.model, stop)
    with pytest.raises(StrandCancelledError):
        wrapped.read(torch.tensor([[1]]), wrapped.start(1))


def test_states_are_joined_where_the_model_can(words_archive):
    from lmkit.models.adapters.dynamic_evaluation import DynamicEvaluation

    assert is_batchable(InterruptibleModel(words_archive.model, list))
    learning = DynamicEvaluation(words_archive.model)
    assert not is_batchable(InterruptibleModel(learning, list))


def test_directions_keep_what_they_lack_and_their_weight(words_archive):
    given = Directions(forward=words_archive.model, weight=0.3)
    found = interruptible(given, list)
    assert isinstance(found.forward, InterruptibleModel)
    assert (found.backward, found.weight) == (None, 0.3)
    assert interruptible(Directions(backward=words_archive.model), list).forward is None
