"""A tiny archive with everything in it, and the folder it is saved in."""

import numpy as np
import pytest

from lmkit.archive.folder import Archive, save_archive
from lmkit.core.seeding import make_generator
from lmkit.models.adapters.cache_prediction import CacheConfig
from lmkit.models.adapters.dynamic import gradient_scale_of
from lmkit.models.adapters.dynamic_evaluation import DynamicConfig
from lmkit.models.adapters.ngram import NGramConfig
from lmkit.models.adapters.stack import StackEntry
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LINES = ["the cat sat on the mat", "a dog saw the cat"] * 2
ORDER = 2
WEIGHTS = {"": (0.1, 0.2), "cache": (0.3, 0.4)}


def make_network(vocab_size, seed=0, **more):
    config = RecurrentLMConfig(
        vocab_size=vocab_size, layers=2, hidden=6, embedding=4, head="full", **more
    )
    return RecurrentLM(config, make_generator(seed)).eval()


def make_stack(tokenizer, network):
    """Return a stack in which everything was fitted."""
    ngram = NGram.fit(
        np.array(tokenizer.encode("the cat")),
        vocab_size=tokenizer.vocab_size,
        line_end_id=tokenizer.line_end_id,
        order=ORDER,
    )
    return (
        StackEntry("dynamic", DynamicConfig(rate=0.002), gradient_scale_of(network, [])),
        StackEntry("cache", CacheConfig(window=7, weight=0.2, theta=0.5)),
        StackEntry("ngram", NGramConfig(weights=WEIGHTS), ngram),
    )


def made(direction="both", **facts):
    tokenizer = Tokenizer.train(LINES, TokenizerConfig())
    network = make_network(tokenizer.vocab_size)
    return Archive(
        model=network,
        tokenizer=tokenizer,
        facts={"direction": direction, "training": {"words": 22}, **facts},
        backward=make_network(tokenizer.vocab_size, 1) if direction == "both" else None,
        stack=() if direction == "backward" else make_stack(tokenizer, network),
    )


@pytest.fixture
def make_archive():
    """The function that makes an archive of a direction, with more facts."""
    return made


@pytest.fixture
def archive():
    return made()


@pytest.fixture
def folder(archive, tmp_path):
    save_archive(tmp_path / "model", archive, card="# Card\n", metrics="{}\n")
    return tmp_path / "model"
