"""First rows of new words, against means computed word by word."""

import numpy as np
import pytest
import torch

from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.new_words import (
    ANY_WORD,
    FEWEST,
    LENGTH,
    OTHER_CASE,
    SURE,
    Growth,
    biases_by_frequency,
    new_rows,
    rows_by_places,
    rows_by_spelling,
)
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.affixes import spelling_features

KNOWN = ["<unk>", "\n", " walking", " talking", " house", " mouse", " Paris", " the"]
UNKNOWN, LINE_END, WIDTH = 0, 1, 4


@pytest.fixture
def model():
    config = RecurrentLMConfig(vocab_size=len(KNOWN), layers=1, hidden=WIDTH, embedding=WIDTH)
    return RecurrentLM(config, make_generator(1)).eval()


def growth_of(new, ids=(7, 8, 1, 7, 4, 8, 1)):
    return Growth(np.array(ids), [*KNOWN, *new], UNKNOWN, LINE_END)


def weight_of(model):
    return model.embedding.weight.detach()


def test_a_row_by_spelling_is_the_weighted_mean_of_words_spelled_alike(model):
    weight = weight_of(model)
    total, row = ANY_WORD, ANY_WORD * weight[len(KNOWN) - 1]  # so few words: the last stands alone
    for feature, amount in spelling_features(" barking").items():
        alike = [n for n, word in enumerate(KNOWN) if feature in spelling_features(word)]
        if alike:
            sure = amount * min(1, len(alike) / SURE)
            total, row = total + sure, row + sure * weight[alike].mean(0)
    assert torch.allclose(rows_by_spelling([" barking"], KNOWN, weight)[0], row / total, atol=1e-6)


def test_words_spelled_alike_start_nearer_than_others():
    row = rows_by_spelling([" balking"], KNOWN, torch.eye(len(KNOWN)))[0]
    assert row[[2, 3]].min() > row[[4, 5, 6]].max()


def test_a_row_by_places_is_the_mean_of_what_is_expected_there(model):
    growth = growth_of([" gnu"])
    read = torch.tensor([[LINE_END, 7, UNKNOWN, LINE_END, 7, 4]])  # what stands before each place
    probs = model.read(read, model.start(1))[0].log_probs().exp()[0, [1, 5]]
    probs[:, [UNKNOWN, LINE_END]] = 0
    expected = (probs @ weight_of(model) / probs.sum(1, keepdim=True)).mean(0)
    assert torch.allclose(rows_by_places(model, growth, weight_of(model))[0], expected, atol=1e-5)


def test_a_word_that_stands_nowhere_has_no_places(model):
    rows = rows_by_places(model, growth_of([" gnu", " yak"]), weight_of(model))
    assert not rows[1].any()
    assert rows[0].any()


def test_without_an_unknown_word_nothing_can_be_read_in_its_place(model):
    growth = Growth(np.array([7, 8]), [*KNOWN, " gnu"], None, LINE_END)
    assert not rows_by_places(model, growth, weight_of(model)).any()


def test_a_word_known_in_other_case_starts_from_it(model):
    weight = weight_of(model)
    growth = growth_of([" House"])
    row = new_rows(model, growth).vectors[0]
    placed = rows_by_places(model, growth, weight)[0]
    assert torch.allclose(row, OTHER_CASE * weight[4] + (1 - OTHER_CASE) * placed)


def test_any_other_word_starts_between_spelling_and_places(model):
    growth = growth_of([" barking"])
    spelled = rows_by_spelling([" barking"], KNOWN, weight_of(model))[0]
    placed = rows_by_places(model, growth, weight_of(model))[0]
    row = new_rows(model, growth).vectors[0]
    assert torch.allclose(row, LENGTH * (spelled + placed) / 2)


def test_the_bias_is_that_of_known_words_as_frequent(model):
    with torch.no_grad():
        model.head.bias.fill_(-9.0)
        model.head.bias[4] = -1.0
    ids = [4] * 2 * FEWEST + [8] * 2 * FEWEST + [9]
    biases = biases_by_frequency(model, growth_of([" gnu", " yak"], ids))
    assert biases[0] == pytest.approx(-1.0, abs=0.1)
    assert biases[1] < biases[0] - 1


def test_where_no_known_word_is_usual_biases_still_follow_the_counts(model):
    biases = biases_by_frequency(model, growth_of([" gnu", " yak"], [8, 8, 9]))
    assert torch.isfinite(biases).all()
    assert biases[0] > biases[1]


def test_nothing_new_has_no_rows(model):
    rows = new_rows(model, growth_of([], ids=(7, 4, 1)))
    assert rows.vectors.shape == (0, WIDTH)
    assert rows.biases.shape == (0,)


def test_an_output_matrix_of_its_own_gets_rows_of_its_own():
    config = RecurrentLMConfig(
        vocab_size=len(KNOWN), layers=1, hidden=WIDTH, embedding=WIDTH, tied=False
    )
    model = RecurrentLM(config, make_generator(1)).eval()
    rows = new_rows(model, growth_of([" House"]))
    assert rows.outputs.shape == rows.vectors.shape
    assert not torch.allclose(rows.outputs, rows.vectors)
