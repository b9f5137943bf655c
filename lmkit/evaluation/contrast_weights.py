"""Weights of the contrast score: their defaults, their form in config.json, and their fitting."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from lmkit.core.errors import ModelError
from lmkit.core.json import Json

RIDGE = 0.01  # times the squared weights of standardised features, added to the mean loss
FOLDS = 5
ITERATIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastWeights:
    """Weights of the features of the contrast score, in their order; the scale does not matter.

    The defaults were fitted on questions of the sentence completion challenge.
    """

    own: float = 0.7
    others: float = 1.0
    ngram: float = -0.28
    similarity: float = 16.0


def read_weights(stored: Json) -> ContrastWeights | None:
    """Read the weights that a model folder has in config.json.

    Args:
        stored: What stands there under `contrast`.

    Returns:
        The weights; None where there are none.

    Raises:
        ModelError: If they are no such weights.
    """
    if stored is None:
        return None
    names = {field.name for field in fields(ContrastWeights)}
    is_whole = isinstance(stored, dict) and set(stored) == names
    if not is_whole or not all(map(_is_number, stored.values())):
        raise ModelError(f"config.json: contrast needs the numbers {', '.join(sorted(names))}")
    return ContrastWeights(**stored)


def fit_contrast(features: Sequence[Tensor], answers: Sequence[int]) -> ContrastWeights:
    """Choose the weights under which the right choices are most probable.

    Args:
        features: Of each question, shape (choices, 4), from `ContrastScorer.features`.
        answers: Number of the right choice of each.

    Returns:
        The weights, scaled so that `others` is 1; the defaults for no questions.
    """
    if not features:
        return ContrastWeights()
    weights = _fit(features, answers)
    scale = abs(float(weights[1])) or 1.0
    own, others, ngram, similarity = (round(float(weight) / scale, 3) for weight in weights)
    return ContrastWeights(own=own, others=others, ngram=ngram, similarity=similarity)


def cross_validated(features: Sequence[Tensor], answers: Sequence[int]) -> float:
    """Return the accuracy on questions that the weights were not fitted on, 0..1.

    Args:
        features: As in `fit_contrast`; of at least as many questions as there are folds.
        answers: As there.
    """
    correct = 0
    for fold in range(FOLDS):
        kept = [number for number in range(len(features)) if number % FOLDS != fold]
        weights = _fit([features[n] for n in kept], [answers[n] for n in kept])
        for number in range(fold, len(features), FOLDS):
            correct += int((features[number].double() @ weights).argmax()) == answers[number]
    return correct / len(features)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fit(features: Sequence[Tensor], answers: Sequence[int]) -> Tensor:
    """Return the weights of a logistic regression over the choices, shape (features,)."""
    centred = [each.double() - each.double().mean(0) for each in features]
    spread = torch.cat(centred).std(0).clamp_min(1e-9)
    scaled = torch.stack([each / spread for each in centred])
    right = torch.tensor(answers)
    weights = torch.zeros(len(spread), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.cross_entropy(scaled @ weights, right)
        value = value + RIDGE * weights.square().sum()
        torch.autograd.backward(value)
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return weights.detach() / spread
