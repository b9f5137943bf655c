import numpy as np
import pytest
import torch

from lmkit.core.errors import UnknownNameError, UsageError
from lmkit.evaluation.sentence_scorer import METRICS, SentenceScorer, by_slor
from lmkit.inference.bidirectional import sentence_log_probs
from lmkit.models.directions import Directions
from lmkit.models.ngram.ngram import NGram, NGramPrediction

TEXTS = ["the cat sat on the mat", "log", "a dog saw the cat . the", ""]


@pytest.fixture
def sentences(any_bench):
    return [any_bench.tokenizer.encode(text) for text in TEXTS]


def scorer(bench, metric="slor"):
    return SentenceScorer(Directions(forward=bench.model), bench.vocabulary, metric, bench.model)


def test_probability_is_that_of_the_sentence(any_bench, sentences):
    found = scorer(any_bench, "probability").scores(sentences)
    line_end_id = any_bench.tokenizer.line_end_id
    directions = Directions(forward=any_bench.model)
    assert torch.equal(found, sentence_log_probs(directions, sentences, line_end_id=line_end_id))


def test_slor_is_the_formula_word_by_word(any_bench, sentences):
    nothing_known = np.full((any_bench.model.order - 1, 1, 1), -1)
    single = NGramPrediction(any_bench.model, nothing_known)
    log_probs = scorer(any_bench, "probability").scores(sentences)
    expected = []
    for sentence, log_prob in zip(sentences, log_probs.tolist(), strict=True):
        own = sum(float(single.log_prob_of(torch.tensor([[word]]))) for word in sentence)
        expected.append((log_prob - own) / len(sentence) if sentence else 0.0)
    found = scorer(any_bench).scores(sentences)
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))


@pytest.mark.parametrize("metric", METRICS.names())
def test_the_better_sentence_is_worth_more(bench, metric):
    good, bad = (bench.tokenizer.encode(text) for text in ("the cat sat", "cat the the"))
    found = scorer(bench, metric).scores([good, bad])
    assert found[0] > found[1]


def test_what_cannot_be_measured_is_refused(bench):
    directions = Directions(forward=bench.model)
    with pytest.raises(UsageError, match="n-gram"):
        SentenceScorer(directions, bench.vocabulary, "slor")
    with pytest.raises(UnknownNameError, match="slor"):
        SentenceScorer(directions, bench.vocabulary, "slur", bench.model)


def test_a_rare_word_is_no_worse_for_being_rare():
    log_probs = torch.tensor([-3.0, -3.5], dtype=torch.float64)
    ids = np.array([2, 3, 0, 2, 4, 0, 5, 3, 0, 6, 3, 0, 7, 3, 0])  # 3 is everywhere, 4 after 2
    ngram = NGram.fit(ids, vocab_size=8, line_end_id=0, order=2)
    frequent, rare = by_slor(log_probs, [[2, 3], [2, 4]], ngram)
    assert rare > frequent
