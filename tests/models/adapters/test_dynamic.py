"""The dynamic adapter: what it measures and fits on text, by name alone, on weights in full."""

import copy

import numpy as np
import pytest
import torch

from lmkit.core.errors import Hint, UsageError
from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batch
from lmkit.models.adapters.adapter import Beneath, FitText
from lmkit.models.adapters.dynamic import (
    DynamicAdapter,
    fit_dynamic,
    gradient_scale_of,
    measure_gradient_scale,
)
from lmkit.models.adapters.dynamic_evaluation import DynamicConfig, DynamicEvaluation
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.sequence import stream_log_probs

VOCAB, LINE_END = 20, 1


def recurrent(seed=0):
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=8, embedding=8)
    return RecurrentLM(config, make_generator(seed)).eval()


def repetitive_ids(count=400):
    return np.random.default_rng(0).choice([LINE_END, 4, 5, 6], count)


def gradients(model):
    ids = torch.from_numpy(repetitive_ids(21))[None]
    return gradient_scale_of(model, [Batch(inputs=ids[:, :-1], targets=ids[:, 1:])])


def test_fitted_dynamic_evaluation_predicts_better_than_none():
    model, ids = recurrent(), repetitive_ids()
    config = fit_dynamic(model, ids, line_end_id=LINE_END)
    plain = stream_log_probs(model, ids, line_end_id=LINE_END).mean()
    adapted = stream_log_probs(DynamicEvaluation(model, config), ids, line_end_id=LINE_END).mean()
    assert adapted > plain


@pytest.mark.parametrize("count", [0, 1, 2])
def test_texts_of_hardly_any_words_can_be_fitted(count):
    assert fit_dynamic(recurrent(), np.full(count, 5), line_end_id=LINE_END).rate > 0


def test_the_adapter_is_fitted_on_the_first_model():
    model, text = recurrent(), FitText(repetitive_ids(60), LINE_END)
    found = DynamicAdapter().fit([Beneath((), model)], text, asset=None)
    assert found == fit_dynamic(model, text.ids, line_end_id=LINE_END)


def test_without_time_nothing_is_fitted():
    text = FitText(repetitive_ids(2000), LINE_END)
    models = [Beneath((), recurrent())]
    assert DynamicAdapter().fit(models, text, asset=None, seconds=0.0) is None


def test_the_gradients_are_kept_in_a_file_of_their_own(tmp_path):
    model, adapter = recurrent(), DynamicAdapter()
    kept = gradients(model)
    adapter.save(kept, tmp_path / adapter.file)
    loaded = adapter.load(tmp_path / adapter.file, model)
    assert loaded.squares.keys() == kept.squares.keys()
    ids = torch.from_numpy(repetitive_ids(50))[None]
    read = [
        adapter.wrap(Beneath((), model), DynamicConfig(), asset) for asset in (kept, loaded, None)
    ]
    found = [one.read(ids, one.start(1))[0].last().log_probs() for one in read]
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_rounded_weights_do_not_learn():
    with pytest.raises(UsageError, match="full weights") as caught:
        DynamicAdapter().wrap(Beneath((), Int8LM(recurrent())), DynamicConfig(), None)
    assert caught.value.hint is Hint.FULL_PRECISION


def test_it_is_used_only_where_it_is_named():
    assert DynamicAdapter.is_opt_in


def small():
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=6, embedding=6, layers=1)
    return RecurrentLM(config, make_generator(0)).eval()


def windows(count=3, rows=2):
    ids = torch.randint(VOCAB, (count, rows, 9), generator=make_generator(1))
    return [Batch(inputs=window[:, :-1], targets=window[:, 1:]) for window in ids]


@pytest.mark.parametrize("count", [1, 3])
def test_measured_gradients_are_mean_squares(count):
    model = small()
    totals = {name: torch.zeros_like(weight) for name, weight in model.named_parameters()}
    for window in windows(count):
        model.zero_grad()
        loss, _ = model.loss(window, model.start(2))
        loss.objective.backward()
        for name, weight in model.named_parameters():
            totals[name] += weight.grad.square() / count
    found = gradient_scale_of(model, windows(count)).squares
    for name, square in totals.items():
        expected = (square.mean(1), square.mean(0)) if square.dim() == 2 else (square,)
        for part, wanted in zip(found[name], expected, strict=True):
            torch.testing.assert_close(part, wanted)


def test_measuring_leaves_the_model_as_it_was():
    model = small()
    before = copy.deepcopy(model.state_dict())
    gradient_scale_of(model, windows())
    assert all(torch.equal(before[name], weight) for name, weight in model.state_dict().items())
    assert all(weight.grad is None for weight in model.parameters())


def test_every_weight_that_learns_has_a_usual_gradient():
    ids = np.random.default_rng(0).integers(VOCAB, size=200).astype(np.uint16)
    scale = measure_gradient_scale(small(), ids, passages=5)
    assert all(float(parts[0].sum()) > 0 for parts in scale.squares.values())


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_little_text_is_enough(count):
    scale = measure_gradient_scale(small(), np.ones(count, dtype=np.uint16))
    assert all(torch.isfinite(part).all() for parts in scale.squares.values() for part in parts)


def test_the_time_is_kept():
    ids = np.ones(5000, dtype=np.uint16)
    one = measure_gradient_scale(small(), ids, passages=1)
    short = measure_gradient_scale(small(), ids, seconds=0)
    assert all(torch.equal(one.squares[n][0], short.squares[n][0]) for n in one.squares)
