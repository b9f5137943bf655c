"""First rows of new words: from their spelling and from the places where they stand in a text.

A word that is known in other case starts as that word. Any other starts half as the mean of the
known words that are spelled alike, half as the mean of what the model expects where it stands. What
each half is worth was measured: see docs/recipe.md.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lmkit.models.recurrent.grow import NewRows, check_can_grow
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.models.sequence import read_chunks, stream_of_lines
from lmkit.models.weights import weights_of
from lmkit.text.affixes import Feature, other_cases, spelling_features

FREQUENT = 200  # the first ids are punctuation and function words, which say nothing of new ones
ANY_WORD = 2.0  # weight of the mean of all known words, beside the features of a spelling
SURE = 5  # known words that share a feature, from which on it counts in full
LENGTH = 1.3  # a mean of many rows is shorter than a row: its factor
OTHER_CASE = 0.7  # part of the row of a word known in other case; the rest is of its places
FEWEST = 3  # times that a known word stands in the text, to compare its bias with its frequency


@dataclass(frozen=True, slots=True)
class Growth:
    """A text in the ids of the larger vocabulary.

    Attributes:
        ids: The training text in the order that the model reads it, shape (ids,).
        tokens: Every word by id, that of the model first, each with the space before it.
        unknown_id: Id that the model reads in place of a new word; None where there are none.
        line_end_id: Id of the line end.
    """

    ids: NDArray[np.integer]
    tokens: Sequence[str]
    unknown_id: int | None
    line_end_id: int


def new_rows(model: RecurrentLM, growth: Growth) -> NewRows:
    """Return the first rows of the words that a model lacks.

    Args:
        model: The model to start from, in evaluation mode; not changed.
        growth: The text with the larger vocabulary.

    Returns:
        Vectors and biases of the new words, in the order of their ids.

    Raises:
        UsageError: If the head of the model has no row for each word.
    """
    check_can_grow(model)
    matrices = weights_of(model)
    outputs = matrices.get("head.own_weight")
    return NewRows(
        vectors=_vectors(model, growth, matrices["embedding.weight"]),
        biases=biases_by_frequency(model, growth),
        outputs=None if outputs is None else _vectors(model, growth, outputs),
    )


def rows_by_spelling(new: Sequence[str], known: Sequence[str], weight: Tensor) -> Tensor:
    """Return for each new word the weighted mean of the known words that are spelled alike.

    Args:
        new: New words.
        known: Known words by id.
        weight: Their vectors, shape (known, width).

    Returns:
        Shape (new, width).
    """
    features = [spelling_features(token) for token in new]
    wanted = {feature for each in features for feature in each}
    means = _feature_means(wanted, known, weight)
    any_word = weight[min(FREQUENT, len(weight) - 1) :].mean(0)
    rows = []
    for each in features:
        total, row = ANY_WORD, ANY_WORD * any_word
        for feature, amount in each.items():
            if feature in means:
                mean, count = means[feature]
                sure = amount * min(1.0, count / SURE)
                total, row = total + sure, row + sure * mean
        rows.append(row / total)
    return torch.stack(rows)


def rows_by_places(model: RecurrentLM, growth: Growth, weight: Tensor) -> Tensor:
    """Return for each new word the mean of the vectors that the model expects at its places.

    Args:
        model: The model, which reads every new word as unknown.
        growth: The text.
        weight: Vectors of its own words, shape (known, width).

    Returns:
        Shape (new, width); zeros for a word that stands nowhere, or without an unknown word.
    """
    known = len(weight)
    sums = weight.new_zeros(len(growth.tokens) - known, weight.shape[1])
    counts = weight.new_zeros(len(sums), 1)
    if growth.unknown_id is None:
        return sums
    ids = np.where(growth.ids < known, growth.ids, growth.unknown_id)
    stream = stream_of_lines(ids, growth.line_end_id)
    for chunk in read_chunks(model, stream, model.start(1)):
        targets = torch.from_numpy(growth.ids[chunk.begin :][: chunk.targets.shape[1]].astype(int))
        places = (targets >= known).nonzero()[:, 0]
        if len(places):
            probs = model.head.log_probs(chunk.prediction.hidden[0, places]).detach().exp()
            probs[:, [growth.unknown_id, growth.line_end_id]] = 0
            expected = probs @ weight / probs.sum(1, keepdim=True).clamp_(min=1e-9)
            sums.index_add_(0, targets[places] - known, expected)
            counts.index_add_(0, targets[places] - known, counts.new_ones(len(places), 1))
    return sums / counts.clamp_(min=1)


def biases_by_frequency(model: RecurrentLM, growth: Growth) -> Tensor:
    """Return a bias for each new word: what words as frequent in the text have.

    Args:
        model: The model, whose biases follow the frequencies of its own training text.
        growth: The text.

    Returns:
        Shape (new,).
    """
    known = model.vocab_size
    counts = torch.from_numpy(np.bincount(growth.ids, minlength=len(growth.tokens))).float()
    logs = counts.clamp(min=0.5).log()
    bias = weights_of(model)["head.bias"]
    is_usual = counts[:known] >= FEWEST
    is_usual[growth.line_end_id] = False
    if growth.unknown_id is not None:
        is_usual[growth.unknown_id] = False
    if not is_usual.any():
        return bias.mean() + logs[known:] - math.log(FEWEST)
    offset = (bias - logs[:known])[is_usual].median()
    return (counts[known:] - 0.5).clamp(min=0.3).log() + offset


def _vectors(model: RecurrentLM, growth: Growth, weight: Tensor) -> Tensor:
    """Return the rows that new words have in a table or in the matrix of the head."""
    known, new = growth.tokens[: model.vocab_size], growth.tokens[model.vocab_size :]
    if not new:
        return weight[:0]
    spelled = rows_by_spelling(new, known, weight)
    placed = rows_by_places(model, growth, weight)
    return _combined(new, known, weight, spelled=spelled, placed=placed)


def _combined(
    new: Sequence[str], known: Sequence[str], weight: Tensor, *, spelled: Tensor, placed: Tensor
) -> Tensor:
    """Mix what spelling, places and other case say of each new word."""
    ids = {token: number for number, token in enumerate(known)}
    has_places = placed.any(1, keepdim=True)
    rows = torch.where(has_places, (spelled + placed) / 2, spelled) * LENGTH
    for number, token in enumerate(new):
        found = next((ids[form] for form in other_cases(token) if form in ids), None)
        if found is not None:
            rest = placed[number] if has_places[number] else weight[found]
            rows[number] = OTHER_CASE * weight[found] + (1 - OTHER_CASE) * rest
    return rows


def _feature_means(
    wanted: set[Feature], known: Sequence[str], weight: Tensor
) -> dict[Feature, tuple[Tensor, int]]:
    """Return the mean vector of the known words with each feature, and their number."""
    members: dict[Feature, list[int]] = defaultdict(list)
    for number, token in enumerate(known):
        if number >= FREQUENT or len(known) <= 2 * FREQUENT:
            for feature in spelling_features(token).keys() & wanted:
                members[feature].append(number)
    return {feature: (weight[ids].mean(0), len(ids)) for feature, ids in members.items()}
