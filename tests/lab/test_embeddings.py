"""Neighbours, analogies and maps of vectors put there on purpose."""

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.lab.embeddings import analogy, nearest_words, word_map
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

VECTORS = {
    "dog": (1.0, 0.0, 0.0),
    "dogs": (1.0, 0.0, 1.0),
    "cat": (0.0, 1.0, 0.0),
    "cats": (0.0, 1.0, 1.0),
    "ran": (-1.0, -1.0, 0.0),
}


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.train([" ".join(VECTORS)], TokenizerConfig())


@pytest.fixture(scope="module")
def model(tokenizer: Tokenizer) -> RecurrentLM:
    shape = RecurrentLMConfig(vocab_size=tokenizer.vocab_size, hidden=4, embedding=3)
    model = RecurrentLM(shape, make_generator(1)).eval()
    with torch.no_grad():
        for word, vector in VECTORS.items():
            (index,) = tokenizer.encode(word)
            model.embedding.get_parameter("weight")[index] = torch.tensor(vector)
    return model


def test_neighbours_are_near_and_leave_the_word_itself_out(
    model: RecurrentLM, tokenizer: Tokenizer
) -> None:
    found = nearest_words(model, tokenizer, "dog", k=2).neighbours
    assert found[0].word == "dogs"
    assert found[0].similarity == pytest.approx(0.5**0.5)
    assert "dog" not in [n.word for n in found]


def test_an_analogy_is_completed(model: RecurrentLM, tokenizer: Tokenizer) -> None:
    assert analogy(model, tokenizer, ("dog", "dogs", "cat")).neighbours[0].word == "cats"


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_map_keeps_distances_as_well_as_it_can(
    model: RecurrentLM, tokenizer: Tokenizer, dimensions: int
) -> None:
    drawn = word_map(model, tokenizer, words=tuple(VECTORS), dimensions=dimensions)
    assert drawn.words == tuple(VECTORS)
    assert all(len(point) == dimensions for point in drawn.points)
    assert sum(drawn.explained) <= 1 + 1e-6
    if dimensions == 3:
        points = torch.tensor(drawn.points)
        wanted = torch.tensor(list(VECTORS.values()))
        torch.testing.assert_close(torch.cdist(points, points), torch.cdist(wanted, wanted))


def test_words_it_does_not_know_are_refused(model: RecurrentLM, tokenizer: Tokenizer) -> None:
    with pytest.raises(UsageError, match="'zebra' is not one token"):
        nearest_words(model, tokenizer, "zebra")
    with pytest.raises(UsageError, match="three words"):
        analogy(model, tokenizer, ("dog",))
    with pytest.raises(UsageError, match="2 or 3"):
        word_map(model, tokenizer, dimensions=4)
