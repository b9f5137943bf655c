"""Weights of the contrast score: read from a folder, fitted, and honest on questions kept apart."""

from dataclasses import asdict

import pytest
import torch

from lmkit.core.errors import ModelError
from lmkit.core.seeding import make_generator
from lmkit.evaluation.contrast_weights import (
    ContrastWeights,
    cross_validated,
    fit_contrast,
    read_weights,
)

TRUE = torch.tensor([0.5, 1.0, -0.4, 3.0], dtype=torch.float64)


def questions(count, seed=0, weights=TRUE):
    """Return features and the answers that some weights give."""
    features = torch.randn(count, 5, 4, generator=make_generator(seed), dtype=torch.float64)
    return list(features), (features @ weights).argmax(1).tolist()


def test_the_weights_that_made_the_answers_are_found():
    features, answers = questions(400)
    found = fit_contrast(features, answers)
    assert found.others == 1.0
    assert found.own == pytest.approx(0.5, abs=0.15)
    assert found.ngram == pytest.approx(-0.4, abs=0.15)
    assert found.similarity == pytest.approx(3.0, abs=0.5)
    assert cross_validated(features, answers) > 0.9


def test_a_constant_of_a_question_changes_nothing():
    features, answers = questions(60)
    moved = [each + 100.0 * number for number, each in enumerate(features)]
    assert fit_contrast(moved, answers) == fit_contrast(features, answers)


def test_answers_of_chance_are_not_learned():
    features, _ = questions(200)
    answers = torch.randint(5, (200,), generator=make_generator(9)).tolist()
    assert cross_validated(features, answers) < 0.35


def test_no_questions_leave_the_defaults():
    assert fit_contrast([], []) == ContrastWeights()


def test_stored_weights_come_back():
    weights = ContrastWeights(own=0.5, ngram=-1)
    assert read_weights(asdict(weights)) == weights
    assert read_weights(None) is None


@pytest.mark.parametrize(
    "stored",
    [
        [],
        {},
        {"own": 1.0},
        {**asdict(ContrastWeights()), "more": 1.0},
        {**asdict(ContrastWeights()), "own": "1"},
        {**asdict(ContrastWeights()), "own": True},
    ],
)
def test_anything_else_is_damage(stored):
    with pytest.raises(ModelError, match="contrast"):
        read_weights(stored)
