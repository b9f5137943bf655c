"""The next whole words after a text."""

import math

from lmkit.inference.context import Context
from lmkit.inference.search import WordQuery, search_words
from lmkit.inference.vocabulary import Place, Vocabulary
from lmkit.models.base import Model
from lmkit.results import Guess


def next_words(
    model: Model,
    vocabulary: Vocabulary,
    context: Context,
    *,
    k: int,
    follows_letter: bool = False,
) -> tuple[Guess, ...]:
    """Return the most probable next words, best first.

    Where one token is one word the k best are exact and cost one prediction. In subword and
    character models tokens are searched until the word ends; the answer is exact unless the search
    met its limit of `WordQuery.reads` begun words. Unknown words and line ends are never shown,
    and their probability is not given to the others.

    Args:
        model: The model that read `context`.
        vocabulary: Its tokens.
        context: The text before.
        k: Number of words.
        follows_letter: Whether the text ends in a letter: a word that would be read as a part of
            the word before it is then no answer.

    Returns:
        At most `k` words.
    """
    query = WordQuery(k=k, place=Place.ANYWHERE, follows_letter=follows_letter)
    found = search_words(model, vocabulary, context, query)
    return best_guesses([Guess(word.word, _probability(word.log_prob)) for word in found.words], k)


def best_guesses(guesses: list[Guess], k: int) -> tuple[Guess, ...]:
    """Return the k most probable guesses; those of the same word are added up."""
    probabilities: dict[str, float] = {}
    for guess in guesses:
        probabilities[guess.word] = probabilities.get(guess.word, 0.0) + guess.probability
    best = sorted(probabilities.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Guess(word, probability) for word, probability in best[:k])


def _probability(log_prob: float) -> float:
    return min(1.0, math.exp(log_prob))
