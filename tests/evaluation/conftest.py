"""A small n-gram model over a small text: exact, quick, and nothing to do with recurrence."""

import numpy as np
import pytest

from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.ngram.ngram import NGram
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LINES = ["the cat sat on the mat", "the dog sat on the log", "a dog saw the cat ."] * 4


class Bench:
    """A model, its tokens, and lines to measure on."""

    def __init__(self, unit: str) -> None:
        self.tokenizer = Tokenizer.train(LINES, TokenizerConfig(unit=unit))
        self.vocabulary = Vocabulary(self.tokenizer)
        end = self.tokenizer.line_end_id
        self.ids = [n for line in LINES for n in (*self.tokenizer.encode(line), end)]
        self.model = NGram.fit(
            np.array(self.ids), vocab_size=self.tokenizer.vocab_size, line_end_id=end, order=3
        )


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench("word")


@pytest.fixture(scope="session", params=["word", "bpe", "unigram", "char"])
def any_bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)
