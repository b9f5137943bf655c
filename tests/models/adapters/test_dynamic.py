"""The dynamic adapter: rates fitted on text, asked for by name, on weights in full alone."""

import numpy as np
import pytest
import torch

from lmkit.core.errors import Hint, UsageError
from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batch
from lmkit.models.adapters.adapter import Beneath, FitText
from lmkit.models.adapters.dynamic import DynamicAdapter, fit_dynamic
from lmkit.models.adapters.dynamic_evaluation import DynamicConfig, DynamicEvaluation
from lmkit.models.adapters.gradient_scale import GradientScale
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
    return GradientScale.measure(model, [Batch(inputs=ids[:, :-1], targets=ids[:, 1:])])


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
    with pytest.raises(UsageError, match="in full") as caught:
        DynamicAdapter().wrap(Beneath((), Int8LM(recurrent())), DynamicConfig(), None)
    assert caught.value.hint is Hint.FULL_PRECISION


def test_it_is_used_only_where_it_is_named():
    assert DynamicAdapter.is_opt_in
