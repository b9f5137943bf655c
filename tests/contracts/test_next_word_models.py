"""Asking works alike whichever model answers: each kind against brute force."""

import itertools
import math

import numpy as np
import pytest
import torch

from lmkit.inference.context import read_context
from lmkit.inference.fill.config import FillConfig
from lmkit.inference.fill.fill import fill_text
from lmkit.inference.score import score_lines
from lmkit.inference.typing_session import TypingSession
from lmkit.inference.vocabulary import Place, Vocabulary
from lmkit.models.adapters.dynamic_evaluation import DynamicEvaluation
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.adapters.ngram import NGramMixture
from lmkit.models.adapters.prefixed import PrefixedModel
from lmkit.models.directions import Directions
from lmkit.models.mixture import Mixture
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LINES = ["the cat sat on the mat", "a dog saw the cat , and the dog sat"] * 3
TOKENIZER = Tokenizer.train(LINES, TokenizerConfig())
VOCABULARY = Vocabulary(TOKENIZER)


def recurrent(seed=0):
    config = RecurrentLMConfig(vocab_size=TOKENIZER.vocab_size, hidden=8, embedding=8)
    model = RecurrentLM(config, torch.Generator().manual_seed(seed)).eval()
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(3)  # untrained weights say nearly the same of every word
    return model


def ngram():
    ids = [n for line in LINES for n in (*TOKENIZER.encode(line), TOKENIZER.line_end_id)]
    return NGram.fit(
        np.array(ids),
        vocab_size=TOKENIZER.vocab_size,
        line_end_id=TOKENIZER.line_end_id,
        order=3,
    )


def started(model):
    end = TOKENIZER.line_end_id
    ids = torch.tensor([[end, *TOKENIZER.encode(LINES[0])]])
    return PrefixedModel(model, model.read(ids, model.start(1))[1])


KINDS = {
    "recurrent": recurrent,
    "int8": lambda: Int8LM(recurrent()),
    "n-gram": ngram,
    "mixture": lambda: Mixture([recurrent(), ngram()], [0.6, 0.4]),
    "n-gram by orders": lambda: NGramMixture(recurrent(), ngram(), (0.1, 0.4, 0.8)),
    "cache": lambda: NeuralCache(recurrent()),
    "dynamic": lambda: DynamicEvaluation(recurrent()),
    "started": lambda: started(NeuralCache(recurrent())),
}


@pytest.fixture(params=KINDS)
def model(request):
    return KINDS[request.param]()


def _bits(model, text):
    """Bits of a line the slow way: every word predicted from all before it, read from the start."""
    ids = [TOKENIZER.line_end_id, *TOKENIZER.encode(text)]
    nats = 0.0
    for place in range(1, len(ids)):
        state = model.start(1)
        for number in ids[:place]:
            prediction, state = model.read(torch.tensor([[number]]), state)
        nats -= float(prediction.log_probs()[0, -1, ids[place]])
    return nats / math.log(2)


def test_scores_are_those_of_reading_word_by_word(model):
    score = next(score_lines(model, VOCABULARY, ["the dog sat ,"]))
    assert score.bits == pytest.approx(_bits(model, "the dog sat ,"), abs=1e-3)


def test_exact_filling_is_brute_force(model):
    usable = VOCABULARY.starting(Place.SPACED) & ~VOCABULARY.punctuation
    words = [VOCABULARY.words[n] for n in np.flatnonzero(usable)]
    bits = {word: _bits(model, f"the {word} sat on") for word in words}
    filling = fill_text(
        Directions(forward=model),
        VOCABULARY,
        "the ___ sat on",
        FillConfig(exact=True, k=len(words)),
    )
    total = sum(2**-value for value in bits.values())
    found = {filled.words[0]: filled.probability for filled in filling.fillings}
    assert found == pytest.approx({w: 2**-b / total for w, b in bits.items()}, rel=2e-3)


def test_two_blanks_are_brute_force(model):
    words = [VOCABULARY.words[n] for n in np.flatnonzero(VOCABULARY.starting(Place.SPACED))]
    choices = words[:3]
    filling = fill_text(
        Directions(forward=model),
        VOCABULARY,
        "the ___ sat ___",
        FillConfig(choices=tuple(choices), k=9),
    )
    pairs = itertools.product(choices, choices)
    best = min(pairs, key=lambda pair: _bits(model, f"the {pair[0]} sat {pair[1]}"))
    assert filling.exact
    assert filling.fillings[0].words == best


def test_typing_shows_what_reading_the_whole_text_would(model):
    typing = TypingSession(model, VOCABULARY)
    typed = typing.start()
    for word in ("the", "cat"):
        typed = typing.finish_word(typed, TOKENIZER.encode(word))
    context = read_context(model, TOKENIZER.encode("the cat"), line_end_id=TOKENIZER.line_end_id)
    torch.testing.assert_close(typed.context.log_probs, context.log_probs, atol=1e-4, rtol=1e-3)
    shown = typing.suggest(typed, "s", k=2)
    assert {guess.word for guess in shown} == {"sat", "saw"}
