"""Probabilities of words that a caller names, as the next word after a text."""

import math
from collections.abc import Sequence

import numpy as np
import torch

from lmkit.core.json import JsonObject
from lmkit.inference.context import Context, extend
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.base import Model


def candidate_probabilities(
    model: Model,
    vocabulary: Vocabulary,
    context: Context,
    words: Sequence[str],
    *,
    follows_letter: bool = False,
) -> list[JsonObject]:
    """Return the probability of each word coming next, in the order asked for.

    Args:
        model: The model that read `context`.
        vocabulary: Its tokens.
        context: The text before.
        words: Words; of several words in one entry, all of them come next.
        follows_letter: Whether the text ends in a letter, which a word without a space would join.

    Returns:
        `word`, `probability` and `known`: whether the model has it; if not, the probability is 0.
    """
    found = []
    for word in words:
        ways = _ways(vocabulary, word.strip(), follows_letter=follows_letter)
        each = [_probability(model, vocabulary, context, ids) for ids in ways]
        # one token is one word or not, and each adds up; of several spellings the best counts
        total = math.fsum(each) if vocabulary.is_whole else max(each, default=0.0)
        found.append({"word": word, "probability": min(1.0, total), "known": bool(ways)})
    return found


def _ways(vocabulary: Vocabulary, word: str, *, follows_letter: bool) -> list[tuple[int, ...]]:
    """Return the ids of a known word, after a space and right after what stands before."""
    if not word or not vocabulary.known(word):
        return []
    encode = vocabulary.tokenizer.encode_inside
    ways = {tuple(encode(f" {word}"))}
    if not (follows_letter and word[0].isalnum()):
        ways.add(tuple(encode(word)))
    return sorted(ids for ids in ways if ids and vocabulary.tokenizer.unknown_id not in ids)


def _probability(
    model: Model, vocabulary: Vocabulary, context: Context, ids: Sequence[int]
) -> float:
    """Return the probability of tokens, and where words have several, of the word ending there."""
    total = 0.0
    for place, number in enumerate(ids):
        context = context if not place else extend(model, context, [ids[place - 1]])
        total += float(context.log_probs[number])
    if not vocabulary.is_whole:
        ends = torch.from_numpy(np.flatnonzero(~vocabulary.continues))
        total += float(torch.logsumexp(extend(model, context, [ids[-1]]).log_probs[ends], 0))
    return math.exp(total)
