"""The personal layer learns from what is typed, and forgets what is taken away."""

import numpy as np
import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.models.adapters.personal import PersonalConfig, count_typed_text, fit_weight
from lmkit.models.ngram.ngram import NGram

VOCAB, LINE_END = 30, 1
PHRASE = [7, 21, 13, 28]


def everybody():
    ids = np.random.default_rng(0).integers(0, VOCAB, 500)
    return NGram.fit(ids, vocab_size=VOCAB, line_end_id=LINE_END, order=2)


def typed(lines):
    return count_typed_text(lines, beside=everybody(), line_end_id=LINE_END)


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


def test_the_share_is_the_one_that_held_out_text_asks_for():
    generator = torch.Generator().manual_seed(0)
    beside, own = torch.rand(2, 400, generator=generator).log()
    config = PersonalConfig(sure=1)
    shares = torch.linspace(0.01, 0.89, 89)[:, None]
    best = ((1 - shares) * beside.exp() + shares * own.exp()).log().sum(1).argmax()
    assert fit_weight(beside, own, config=config) == pytest.approx(shares[best].item(), abs=0.02)


def test_few_ids_hardly_move_the_share_and_many_bring_it_to_its_limit():
    config = PersonalConfig(expected=0.1, sure=50, most=0.8)
    better, even = torch.full((1000,), -1.0), torch.full((1000,), -9.0)
    assert 0.1 < fit_weight(even[:5], better[:5], config=config) < 0.2
    assert fit_weight(even, better, config=config) == 0.8
    assert fit_weight(better, even, config=config) < 0.01


def test_who_writes_of_other_things_gives_the_own_text_more_to_say():
    random = np.random.default_rng(1)
    like_all = [random.integers(2, VOCAB, 6).tolist() for _ in range(60)]
    of_its_own = [[*PHRASE, int(word)] for word in random.integers(2, VOCAB, 60)]
    assert typed(of_its_own).weight > 0.5 > 0.2 > typed(like_all).weight


def test_the_newest_lines_are_held_out_and_then_counted_all_the_same():
    config = PersonalConfig(held=10)
    lines = [[5, 6]] * 6 + [PHRASE] * 3
    layer = count_typed_text(lines, beside=everybody(), line_end_id=LINE_END, config=config)
    assert probability_of_phrase(layer.ngram) > 0.01
    assert (
        layer.weight < typed([PHRASE, *lines]).weight
    )  # what was held out was new to the older lines


@pytest.mark.parametrize(
    "settings", [{"most": 1.5}, {"expected": 0.0}, {"expected": 0.95}, {"sure": 0}, {"held": -1}]
)
def test_senseless_settings_are_refused(settings):
    with pytest.raises(UsageError):
        PersonalConfig(**settings)
