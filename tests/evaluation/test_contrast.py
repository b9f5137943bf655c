"""The contrast score of choices, compared with what each of its parts says by itself."""

from dataclasses import astuple

import pytest
import torch

from lmkit.core.seeding import make_generator
from lmkit.evaluation.contrast import COMMON, ContrastScorer
from lmkit.evaluation.contrast_weights import ContrastWeights
from lmkit.inference.bidirectional import sentence_log_probs
from lmkit.inference.fill.blank_variants import encode_variants
from lmkit.models.directions import Directions
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.blanks import parse_blanks

TEXT = "the ___ sat on the mat"
CHOICES = [["cat"], ["dog"], ["log"]]


def network(vocab_size, seed):
    config = RecurrentLMConfig(vocab_size=vocab_size, hidden=6, embedding=4, head="full")
    return RecurrentLM(config, make_generator(seed)).eval()


@pytest.fixture
def scorer(bench):
    ahead, behind = (network(bench.tokenizer.vocab_size, seed) for seed in (1, 2))
    directions = Directions(forward=ahead, backward=behind, weight=0.3)
    return ContrastScorer(directions, bench.vocabulary, ahead, bench.model, ContrastWeights())


@pytest.fixture
def variants(bench):
    return encode_variants(bench.tokenizer, parse_blanks(TEXT), CHOICES)


def whole(directions, bench):
    sentences = [bench.tokenizer.encode(TEXT.replace("___", word)) for (word,) in CHOICES]
    return sentence_log_probs(directions, sentences, line_end_id=bench.tokenizer.line_end_id)


def apart(values):
    """Return values without what all choices share, such as the words before the blank."""
    return values - values[0]


def test_own_and_others_together_are_the_sentence_from_both_sides(scorer, variants, bench):
    features = scorer.features(variants)
    expected = whole(scorer.directions, bench)
    torch.testing.assert_close(apart(features[:, 0] + features[:, 1]), apart(expected))


def test_own_is_the_choice_after_one_side(scorer, variants, bench):
    expected = torch.zeros(len(CHOICES), dtype=torch.float64)
    end = bench.tokenizer.line_end_id
    for model, is_backward, weight in scorer.directions.weighted():
        before = variants.right[::-1] if is_backward else variants.left
        ids = torch.tensor([[end, *before]])
        log_probs = model.read(ids, model.start(1))[0].log_probs()[0, -1].double()
        expected += weight * torch.stack([log_probs[middle[0]] for middle in variants.middles])
    torch.testing.assert_close(apart(scorer.features(variants)[:, 0]), apart(expected))


def test_the_n_gram_reads_the_whole_sentence(scorer, variants, bench):
    expected = whole(Directions(forward=bench.model), bench)
    torch.testing.assert_close(scorer.features(variants)[:, 2], expected)


def test_similarity_is_the_weighted_cosine_to_the_rarer_words(scorer, variants, monkeypatch):
    monkeypatch.setattr("lmkit.evaluation.contrast.COMMON", 3)
    vectors = scorer.network.embedding.weight.detach().double()
    information = -scorer.ngram.single_log_probs().double()
    around = [word for word in (*variants.left, *variants.right) if word >= 3]
    for row, middle in enumerate(variants.middles):
        choice, total, weights = vectors[list(middle)].mean(0), 0.0, 0.0
        for word in around:
            cosine = torch.cosine_similarity(choice, vectors[word], dim=0)
            total += float(information[word] ** 2 * cosine)
            weights += float(information[word] ** 2)
        found = float(scorer.features(variants)[row, 3])
        assert found == pytest.approx(total / weights)


def test_a_sentence_of_common_words_has_no_similarity(scorer, variants):
    assert len(scorer.vocabulary.texts) < COMMON
    assert not scorer.features(variants)[:, 3].any()


def test_the_score_is_the_weighted_sum(scorer, variants):
    weights = torch.tensor(astuple(scorer.weights), dtype=torch.float64)
    expected = (scorer.features(variants) * weights).sum(1)
    torch.testing.assert_close(scorer.scores(variants), expected)
