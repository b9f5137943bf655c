"""Two tiny untrained models, and the application that serves them."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from starlette.testclient import TestClient

from lmkit.archive.folder import Archive
from lmkit.archive.options import ModelOptions
from lmkit.language_model import LanguageModel
from lmkit.models.adapters.cache_prediction import CacheConfig
from lmkit.models.adapters.ngram import NGramConfig
from lmkit.models.adapters.stack import StackEntry
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.serve.app import create_app
from lmkit.serve.asking import Asked
from lmkit.serve.options import Limits
from lmkit.serve.registry import ServedModel, VariantKey
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

HOME = "http://localhost"
LINES = [
    "the cat sat on the mat",
    "the dog sat on the log .",
    "a cat saw the dog , and the dog saw a cat",
    "an apple a day , said the cat",
] * 4


def network(tokenizer: Tokenizer, seed: int = 0) -> RecurrentLM:
    config = RecurrentLMConfig(vocab_size=tokenizer.vocab_size, hidden=8, embedding=8, layers=2)
    model = RecurrentLM(config, torch.Generator().manual_seed(seed)).eval()
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(3)  # untrained weights say nearly the same of every word
    return model


def made_archive(unit: str, *, has_stack: bool) -> Archive:
    config = TokenizerConfig(unit=unit, vocab_size=300 if unit == "bpe" else 100, min_frequency=1)
    tokenizer = Tokenizer.train(LINES, config)
    ids = [n for line in LINES for n in (*tokenizer.encode(line), tokenizer.line_end_id)]
    ngram = NGram.fit(
        np.array(ids),
        vocab_size=tokenizer.vocab_size,
        line_end_id=tokenizer.line_end_id,
        order=3,
    )
    stack = (
        StackEntry("cache", CacheConfig(weight=0.2, theta=0.5, ramp=5)),
        StackEntry(
            "ngram", NGramConfig(weights={"": (0.1, 0.3, 0.5), "cache": (0.1, 0.2, 0.4)}), ngram
        ),
    )
    facts = {"direction": "forward", "training": {"words": len(ids)}}
    return Archive(
        model=network(tokenizer),
        tokenizer=tokenizer,
        facts=facts,
        backward=network(tokenizer, 1) if has_stack else None,
        stack=stack if has_stack else (),
    )


@pytest.fixture(scope="session")
def words_archive() -> Archive:
    """A word model with a cache, an n-gram and a backward model."""
    return made_archive("word", has_stack=True)


@pytest.fixture(scope="session")
def pieces_archive() -> Archive:
    """A model of subwords, the network alone."""
    return made_archive("bpe", has_stack=False)


@pytest.fixture(params=["word", "bpe"])
def archive(request, words_archive, pieces_archive) -> Archive:
    return words_archive if request.param == "word" else pieces_archive


@pytest.fixture
def lm(archive) -> LanguageModel:
    return LanguageModel(archive)


@pytest.fixture
def asked(archive) -> Asked:
    return Asked(ServedModel("tiny", archive), VariantKey(model="tiny"), Limits())


@pytest.fixture(scope="session")
def app(words_archive, pieces_archive):
    return create_app(
        {"words": LanguageModel(words_archive), "pieces": LanguageModel(pieces_archive)}
    )


@pytest.fixture(scope="session")
def client(app) -> Iterator[TestClient]:
    with TestClient(app, base_url=HOME) as client:
        yield client


@pytest.fixture(params=["words", "pieces"])
def name(request) -> str:
    """The name of each model."""
    return request.param


@pytest.fixture
def direct(name, words_archive, pieces_archive) -> LanguageModel:
    """The model of that name, asked without a server."""
    return LanguageModel(words_archive if name == "words" else pieces_archive)


@pytest.fixture
def alone(name, words_archive, pieces_archive) -> LanguageModel:
    """The network of that name alone, asked without a server."""
    archive = words_archive if name == "words" else pieces_archive
    return LanguageModel(archive, ModelOptions(adapters=()))


@pytest.fixture(scope="session")
def run_strands():
    """Run strands to their end with a scheduler of their own; returns their answers."""
    from lmkit.serve.prefix_cache import PrefixCache
    from lmkit.serve.scheduler import Scheduler
    from lmkit.serve.task import Task

    @torch.inference_mode()
    def run(*strands, rows=64, most=10_000):
        scheduler = Scheduler(rows=rows, prefixes=PrefixCache(1 << 20))
        found = []
        scheduler.add(Task(strands, found.append))
        for _ in itertools.takewhile(lambda _: scheduler.tasks, range(most)):
            scheduler.tick()
        [outcome] = found
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return run
