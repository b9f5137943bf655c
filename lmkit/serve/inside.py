"""Strands that look inside: forced gates, the terms of a unit, word vectors."""

import math
from collections.abc import Callable, Sequence

from lmkit.core.errors import UsageError
from lmkit.core.json import JsonObject
from lmkit.lab.embeddings import analogy, nearest_words, word_map
from lmkit.lab.interventions import intervene
from lmkit.lab.unit_terms import unit_terms
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.results.lab_embeddings import Neighbours
from lmkit.results.lab_gates import ForcedGate
from lmkit.serve.asking import Asked
from lmkit.serve.demands import Alone, Strand
from lmkit.text.tokenizer import Tokenizer

DIMENSIONS = 3
Nearest = Callable[[RecurrentLM, Tokenizer], Neighbours]


def answer_force(asked: Asked, text: str, forces: Sequence[ForcedGate], k: int) -> Strand:
    """Answer with the next words while gates are held, and without."""
    yield Alone()
    is_empty = len(asked.encode(text)) == 1
    if is_empty and any(force.value is None for force in forces):
        raise UsageError("a mean needs a text of at least one word; send one")
    network, tokenizer = asked.model.archive.network, asked.model.tokenizer
    effect = intervene(network, tokenizer, text, forced=forces, k=k).to_dict()
    return {"words": effect["after"], "unforced": effect["before"]}


def answer_unit(asked: Asked, text: str, *, layer: int, unit: int, token: int) -> Strand:
    """Answer with the arithmetic of one unit at one token."""
    yield Alone()
    asked.encode(text)
    network, tokenizer = asked.model.archive.network, asked.model.tokenizer
    terms = unit_terms(network, tokenizer, text, layer=layer, unit=unit, token=token)
    return terms.to_dict()


def answer_vectors(asked: Asked, count: int) -> Strand:
    """Answer with the most frequent words as points in two and in three dimensions."""
    yield Alone()
    network, tokenizer = asked.model.archive.network, asked.model.tokenizer
    found = word_map(network, tokenizer, count=count, dimensions=DIMENSIONS)
    return {
        "words": list(found.words),
        "counts": _counts(asked, len(found.words)),
        "two": [value for point in found.points for value in point[:2]],
        "three": [value for point in found.points for value in point],
    }


def answer_nearest(asked: Asked, find: Nearest) -> Strand:
    """Answer with the words whose vectors are nearest."""
    yield Alone()
    found = find(asked.model.archive.network, asked.model.tokenizer)
    return {"words": [neighbour.to_dict() for neighbour in found.neighbours]}


def neighbours_of(word: str, k: int) -> Nearest:
    """Return what finds the nearest words of a word."""
    return lambda network, tokenizer: nearest_words(network, tokenizer, word, k=k)


def analogous_to(words: Sequence[str], k: int) -> Nearest:
    """Return what finds the words that are to the third as the second is to the first."""
    return lambda network, tokenizer: analogy(network, tokenizer, words, k=k)


def _counts(asked: Asked, count: int) -> list[int]:
    """Return about how often each of the first words stood in the training text; 0: unknown."""
    tokens, archive = asked.model.tokenizer.tokens, asked.model.archive
    training: JsonObject = archive.facts.get("training", {})
    words = training.get("words", 0)
    shown = [number for number in range(len(tokens)) if not tokens.hidden[number]][:count]
    if archive.ngram is None or not isinstance(words, int):
        return [0] * len(shown)
    unigrams = archive.ngram.tables.levels[0].log_probs
    return [round(math.exp(float(unigrams[number])) * words) for number in shown]
