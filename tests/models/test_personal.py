"""The personal layer learns from what is typed, and forgets what is taken away."""

import numpy as np
import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.models.ngram import NGram
from lmkit.models.personal import PersonalConfig, count_typed_text

VOCAB, LINE_END = 30, 1
PHRASE = [7, 21, 13, 28]


def everybody():
    ids = np.random.default_rng(0).integers(0, VOCAB, 500)
    return NGram.fit(ids, vocab_size=VOCAB, line_end_id=LINE_END, order=2)


def typed(lines):
    return count_typed_text(lines, vocab_size=VOCAB, line_end_id=LINE_END)


def probability_of_phrase(model):
    ids = torch.tensor([[LINE_END, *PHRASE]])
    prediction, _ = model.read(ids[:, :-1], model.start(1))
    return float(prediction.log_prob_of(ids[:, 1:]).sum().exp())


def test_a_phrase_typed_often_is_expected_more_and_more():
    found = [
        probability_of_phrase(typed([PHRASE] * times).on(everybody())) for times in (0, 1, 10, 100)
    ]
    assert found == sorted(found)
    assert found[-1] > 100 * found[0]


def test_nothing_typed_leaves_the_model_itself():
    model = everybody()
    assert typed([]).on(model) is model


def test_the_share_grows_to_its_limit():
    config = PersonalConfig(most=0.4, halfway=100)
    assert config.share(0) == 0
    assert config.share(100) == pytest.approx(0.2)
    assert 0.39 < config.share(100_000) < 0.4


@pytest.mark.parametrize("settings", [{"most": 1.5}, {"halfway": 0}])
def test_senseless_settings_are_refused(settings):
    with pytest.raises(UsageError):
        PersonalConfig(**settings)
