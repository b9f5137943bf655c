"""Word vectors: nearest neighbours, analogies and a map."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from lmkit.core.errors import UsageError
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.results.lab_embeddings import Neighbour, Neighbours, WordMap
from lmkit.text.tokenizer import Tokenizer


def nearest_words(model: RecurrentLM, tokenizer: Tokenizer, word: str, *, k: int = 8) -> Neighbours:
    """Return the words whose vectors have the largest cosine with that of a word."""
    index = _id_of(tokenizer, word)
    vectors = _vectors(model)
    return _nearest(tokenizer, vectors, vectors[index], word, exclude=[index], k=k)


def analogy(
    model: RecurrentLM, tokenizer: Tokenizer, words: Sequence[str], *, k: int = 8
) -> Neighbours:
    """Return the words that are to the third word as the second is to the first.

    Args:
        model: Whose vectors to ask.
        tokenizer: Its tokens.
        words: Three, e.g. dog, dogs, cat.
        k: How many words.
    """
    if len(words) != 3:
        raise UsageError(f"an analogy needs three words, e.g. dog dogs cat; got {len(words)}")
    first, second, third = (_id_of(tokenizer, word) for word in words)
    vectors = functional.normalize(_vectors(model), dim=-1)
    toward = vectors[second] - vectors[first] + vectors[third]
    query = "{} is to {} as {} is to".format(*words)
    return _nearest(tokenizer, vectors, toward, query, exclude=[first, second, third], k=k)


def word_map(
    model: RecurrentLM,
    tokenizer: Tokenizer,
    *,
    words: Sequence[str] = (),
    count: int = 60,
    dimensions: int = 2,
) -> WordMap:
    """Return words as points, by their principal components.

    Args:
        model: Whose vectors to draw.
        tokenizer: Its tokens.
        words: Which words; none named takes the first `count` of the vocabulary.
        count: How many words, where none is named.
        dimensions: 2 or 3.
    """
    if dimensions not in (2, 3):
        raise UsageError(f"a map has 2 or 3 dimensions, not {dimensions}")
    ids = [_id_of(tokenizer, word) for word in words] or _frequent(tokenizer, count)
    vectors = _vectors(model)[ids]
    vectors = vectors - vectors.mean(0)
    _, sizes, directions = torch.linalg.svd(vectors, full_matrices=False)
    kept = min(dimensions, len(sizes))
    # The sign of a component means nothing: make its largest part positive, the same every time.
    signs = directions[:kept].gather(1, directions[:kept].abs().argmax(1, keepdim=True)).sign()
    points = functional.pad(vectors @ (directions[:kept] * signs).T, (0, dimensions - kept))
    fractions = sizes.square() / sizes.square().sum().clamp(min=1e-12)
    return WordMap(
        words=tuple(_shown(tokenizer, index) for index in ids),
        points=tuple(tuple(point) for point in points.tolist()),
        explained=tuple(fractions[:kept].tolist()) + (0.0,) * (dimensions - kept),
    )


@torch.inference_mode()
def _vectors(model: RecurrentLM) -> Tensor:
    """Return the vector of every id, shape (vocab, width)."""
    vectors: Tensor = model.embedding(torch.arange(model.vocab_size).unsqueeze(0))[0]
    return vectors


def _nearest(
    tokenizer: Tokenizer,
    vectors: Tensor,
    toward: Tensor,
    query: str,
    *,
    exclude: list[int],
    k: int,
) -> Neighbours:
    similarity = functional.cosine_similarity(vectors, toward.unsqueeze(0), dim=-1)
    similarity[torch.from_numpy(tokenizer.tokens.hidden)] = -torch.inf
    similarity[exclude] = -torch.inf
    best = similarity.topk(min(k, len(similarity)))
    return Neighbours(
        query,
        tuple(
            Neighbour(_shown(tokenizer, index), value)
            for value, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
            if value > -torch.inf
        ),
    )


def _id_of(tokenizer: Tokenizer, word: str) -> int:
    ids = tokenizer.encode(word)
    if len(ids) != 1 or ids[0] == tokenizer.unknown_id:
        raise UsageError(
            f"{word!r} is not one token of the vocabulary; choose a word of the vocabulary"
        )
    return ids[0]


def _frequent(tokenizer: Tokenizer, count: int) -> list[int]:
    tokens = tokenizer.tokens
    return [index for index in range(len(tokens)) if not tokens.hidden[index]][:count]


def _shown(tokenizer: Tokenizer, index: int) -> str:
    text = tokenizer.tokens.texts[index]
    return text.strip() or text
