"""The distribution that texts are drawn from, against the filters themselves."""

import pytest
import torch

from lmkit.inference.context import read_context
from lmkit.inference.sampling import SamplingConfig
from lmkit.serve.filtered import FilteredModel, filtered_context, filtered_log_probs

SETTINGS = [
    SamplingConfig(temperature=0.5),
    SamplingConfig(top_k=3),
    SamplingConfig(top_p=0.6),
    SamplingConfig(min_p=0.3),
    SamplingConfig(temperature=0),
]


@pytest.mark.parametrize("sampling", SETTINGS, ids=["temperature", "k", "p", "min p", "greedy"])
def test_filtered_probabilities_sum_to_1(sampling):
    scores = torch.log_softmax(torch.randn(4, 20, generator=torch.Generator().manual_seed(1)), -1)
    found = filtered_log_probs(scores, sampling)
    torch.testing.assert_close(found.exp().sum(-1), torch.ones(4))
    assert torch.equal(found.argmax(-1), scores.argmax(-1))


def test_a_temperature_divides_log_probabilities():
    scores = torch.log_softmax(torch.arange(5.0), -1)[None]
    found = filtered_log_probs(scores, SamplingConfig(temperature=0.5))
    torch.testing.assert_close(found, torch.log_softmax(scores * 2, -1))


def test_a_filtered_model_reads_as_its_context_predicts(pieces_archive):
    model, end = pieces_archive.model, pieces_archive.tokenizer.line_end_id
    sampling = SamplingConfig(top_k=4)
    context = filtered_context(read_context(model, [3, 4], line_end_id=end), sampling)
    filtered = FilteredModel(model, sampling)
    prediction, _ = filtered.read(torch.tensor([[end, 3, 4]]), filtered.start(1))
    torch.testing.assert_close(prediction.last().log_probs()[0, 0], context.log_probs)
    asked = torch.tensor([[int(context.log_probs.argmax())] * 3])
    found = prediction.log_prob_of(asked)[0, -1]
    torch.testing.assert_close(found, context.log_probs.max())
    assert int(context.log_probs.isfinite().sum()) == 4


def test_rows_are_selected_as_of_the_model(pieces_archive):
    filtered = FilteredModel(pieces_archive.model, SamplingConfig(top_k=4))
    _, state = filtered.read(torch.tensor([[1, 2], [3, 4]]), filtered.start(2))
    found, _ = filtered.read(torch.tensor([[5]]), filtered.select(state, [1]))
    expected, _ = filtered.read(torch.tensor([[3, 4, 5]]), filtered.start(1))
    torch.testing.assert_close(found.log_probs()[0, 0], expected.log_probs()[0, -1])
