"""Perplexity over an open vocabulary, against probabilities summed by hand."""

import math

import pytest
import torch

from lmkit.core.errors import DataError, UsageError
from lmkit.core.seeding import make_generator
from lmkit.evaluation.open_vocabulary import evaluate_open, known_words, open_text
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

FEW = ["the cat sat .", "the cat ran ."]
MANY = ["the cat sat .", "a gnu ran , and the zebra sat ."]
TEXT = ["the gnu sat .", "the okapi ran ."]


def learned(lines, **settings):
    return Tokenizer.train(lines, TokenizerConfig(**({"min_frequency": 1} | settings)))


def model_of(tokenizer):
    size = tokenizer.vocab_size
    config = RecurrentLMConfig(vocab_size=size, layers=1, hidden=4, embedding=4)
    return RecurrentLM(config, make_generator(0)).eval()


@pytest.fixture
def tokenizers():
    return [learned(FEW), learned(MANY)]


def test_the_union_is_of_the_vocabularies_and_of_the_text(tokenizers):
    text = open_text(TEXT, tokenizers)
    assert {" gnu", " okapi", " cat", " zebra", "\n"} <= text.union
    assert " <unk>" not in text.union
    assert text.words == (" the", " gnu", " sat", " .", "\n", " the", " okapi", " ran", " .", "\n")
    assert text.count == 10


def test_an_unknown_word_costs_a_choice_among_the_words_that_are_lacking(tokenizers):
    few, _ = tokenizers
    model, text = model_of(few), open_text(TEXT, tokenizers)
    ids = [[*few.encode(line), few.line_end_id] for line in TEXT]
    stream = torch.tensor([[few.line_end_id, *ids[0], *ids[1]]])
    log_probs = model.read(stream[:, :-1], model.start(1))[0].log_probs()
    nats = -float(log_probs.gather(2, stream[:, 1:, None]).sum())
    found = evaluate_open(model, few, text)
    lacking = len(text.union) - (few.vocab_size - 1)
    assert found.lacking == lacking
    assert found.perplexity == pytest.approx(math.exp((nats + 2 * math.log(lacking)) / 10))
    assert found.known == pytest.approx(6 / 8)


@pytest.mark.parametrize("number", [0, 1])
def test_a_model_is_one_distribution_over_the_union(tokenizers, number):
    tokenizer, union = tokenizers[number], open_text(TEXT, tokenizers).union
    model = model_of(tokenizer)
    total = 0.0
    first = torch.tensor([[tokenizer.line_end_id]])
    probs = model.read(first, model.start(1))[0].log_probs()[0, 0].exp()
    texts = list(tokenizer.tokens.texts)
    lacking = len(union - known_words(tokenizer))
    for word in union:
        is_known = word in known_words(tokenizer)
        place = texts.index(word) if is_known else tokenizer.unknown_id
        total += float(probs[place]) / (1 if is_known else lacking)
    assert total == pytest.approx(1.0, abs=1e-5)


def test_a_model_that_knows_all_pays_its_own_probabilities_alone():
    tokenizer = learned([*MANY, *TEXT])
    text = open_text(TEXT, [tokenizer])
    found = evaluate_open(model_of(tokenizer), tokenizer, text)
    assert (found.known, found.lacking) == (1.0, 0)


def test_knowing_more_words_is_no_disadvantage():
    """Two models without an opinion, over one union, are equally surprised by it."""
    few, many = learned(FEW), learned([*MANY, *TEXT])
    text = open_text(TEXT, [few, many])
    flat = []
    for tokenizer in (few, many):
        model = model_of(tokenizer)
        with torch.no_grad():
            model.embedding.weight.zero_()
            model.head.bias.zero_()
            lacking = len(text.union - known_words(tokenizer))
            model.head.bias[tokenizer.unknown_id] = math.log(lacking) if lacking else -50.0
        flat.append(evaluate_open(model, tokenizer, text).perplexity)
    assert flat[0] == pytest.approx(flat[1], rel=1e-4)


def test_other_tokens_than_words_and_other_cuts_are_refused(tokenizers):
    with pytest.raises(UsageError):
        open_text(TEXT, [learned(FEW, unit="char")])
    with pytest.raises(UsageError):
        open_text(TEXT, [*tokenizers, learned(FEW, lowercase=True)])
    with pytest.raises(UsageError):
        open_text(TEXT, [])


def test_nothing_to_read_is_refused(tokenizers):
    with pytest.raises(DataError):
        open_text([], tokenizers)
