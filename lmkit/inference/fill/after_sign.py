"""Words right after a sign that a subword or character model has hardly met.

Right after a bracket, a quotation mark or a currency a word has no space, and neither have the ends
of words ("ly", "ing"). A model that has met the sign knows what begins after it. One that has not
gives what it knows of tokens without a space, most of all ends of words. There the words are those
that stand after a space, as probable as there; what follows is read after the tokens that the
tokenizer cuts the whole text into.
"""

import math
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np

from lmkit.inference.context import Context, continuation_log_probs
from lmkit.inference.vocabulary import Place, Vocabulary
from lmkit.models.base import Model

NEVER = b"\xff"  # a byte that no text in UTF-8 has: as probable as whatever was never met
_MET = math.log(100)  # a sign so much more probable than that was met
_WORDS = 32  # words after which a sign may stand


def sign_before(text: str) -> str:
    """Return the signs that a text ends in, right after which a word may begin; "" for none."""
    begin = len(text)
    while begin and unicodedata.category(text[begin - 1])[0] in "PS" and text[begin - 1] != "_":
        begin -= 1
    return text[begin:]


def has_met(
    model: Model, vocabulary: Vocabulary, contexts: Sequence[Context], sign: Sequence[int]
) -> bool:
    """Return whether a model has met a sign, so that it knows what begins after it.

    Args:
        model: The model, which reads from left to right.
        vocabulary: Its tokens.
        contexts: Texts after which the sign may stand, or a word and the sign.
        sign: Ids of the sign.

    Returns:
        True where the sign, after one of the texts, is clearly more probable than a byte that
        stands in no text. A vocabulary of characters: where it has the sign.
    """
    tokenizer = vocabulary.tokenizer
    if not tokenizer.config.is_bytes:
        return tokenizer.unknown_id not in sign
    never = [tokenizer.tokens.spellings.index(NEVER)]
    return any(_odds(model, vocabulary, context, sign, never) > _MET for context in contexts)


def gains_after_space(
    model: Model, vocabulary: Vocabulary, context: Context, found: Mapping[str, float]
) -> dict[str, float]:
    """Return how much more probable words are after a space than right after a sign, in nats.

    Args:
        model: The model that read `context`.
        vocabulary: Its tokens.
        context: The text up to the sign.
        found: Log-probability of each word after a space.
    """
    if not found:
        return {}
    cut = [vocabulary.tokenizer.encode_inside(word) for word in found]
    log_probs = continuation_log_probs(model, context, cut).tolist()
    return {
        word: after_space - after_sign
        for (word, after_space), after_sign in zip(found.items(), log_probs, strict=True)
    }


def _odds(
    model: Model,
    vocabulary: Vocabulary,
    context: Context,
    sign: Sequence[int],
    other: Sequence[int],
) -> float:
    """Return how much more probable a sign is than other ids, right there or after a likely word.

    Args:
        model: The model that read `context`.
        vocabulary: Its tokens.
        context: A text.
        sign: Ids.
        other: Ids.

    Returns:
        Nats.
    """
    starts = np.flatnonzero(vocabulary.starting(Place.SPACED))
    best = starts[np.argsort(-context.log_probs.numpy()[starts])[:_WORDS]].tolist()
    words = [(), *((number,) for number in best)]
    rows = [(*word, *ids) for ids in (sign, other) for word in words]
    log_probs = continuation_log_probs(model, context, rows).view(2, -1)
    met, unmet = log_probs.logsumexp(1).tolist()
    return float(met - unmet)
