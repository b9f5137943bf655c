"""A model is measured as it is asked: with its adapters and typed text, beside itself alone."""

from dataclasses import replace

import pytest
import torch

from lmkit.archive.build import build_model
from lmkit.archive.folder import Archive
from lmkit.archive.options import ModelOptions
from lmkit.core.errors import DataError, UsageError
from lmkit.evaluation.as_asked import AskedModel, contrast_scorer
from lmkit.evaluation.cloze import evaluate_cloze
from lmkit.evaluation.contrast_weights import ContrastWeights
from lmkit.evaluation.pairs import evaluate_pairs
from lmkit.evaluation.perplexity import Reading, evaluate_text
from lmkit.evaluation.sentence_scorer import SentenceScorer
from lmkit.evaluation.typing import evaluate_typing
from lmkit.inference.reader import Reader
from lmkit.models.adapters.ngram import NGramConfig
from lmkit.models.adapters.stack import StackEntry
from lmkit.models.directions import Directions
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

ALONE_OPTIONS = ModelOptions(adapters=())
LINES = ["the cat sat on the mat", "the cat sat on the mat", "the cat sat on the mat"]


@pytest.fixture(scope="module")
def archive(bench):
    size = bench.tokenizer.vocab_size
    config = RecurrentLMConfig(vocab_size=size, hidden=8, embedding=8, layers=1)
    model = RecurrentLM(config, torch.Generator().manual_seed(0)).eval()
    return Archive(model=model, tokenizer=bench.tokenizer)


def asked(archive, bench, options=ModelOptions(), *, file=None):  # noqa: B008
    reader = Reader(vocabulary=bench.vocabulary, trained=build_model(archive, options))
    return AskedModel(archive, options, reader.with_personal(file))


def evaluated(archive, bench, options, *, file=None, lines=LINES):
    return asked(archive, bench, options, file=file).on_text(lines)


def alone(archive, bench):
    return evaluate_text(archive.network, bench.tokenizer, LINES, reading=Reading()).perplexity


def test_a_model_without_adapters_is_read_once(archive, bench):
    found = evaluated(archive, bench, ModelOptions(), lines=iter(LINES))
    assert found.alone == found.perplexity == pytest.approx(alone(archive, bench))
    assert (found.adapt, found.mix) == ("none", "none")


def test_an_adapter_is_measured_beside_the_model_alone(archive, bench):
    found = evaluated(archive, bench, ModelOptions(adapters=("cache",)), lines=iter(LINES))
    assert found.adapt == "cache"
    assert found.alone == pytest.approx(alone(archive, bench))
    assert found.perplexity < found.alone  # the lines repeat


def test_typed_text_is_measured_beside_the_model_alone(archive, bench, tmp_path):
    file = tmp_path / "typed.txt"
    file.write_text("the cat sat on the mat\n" * 5, encoding="utf-8")
    found = evaluated(archive, bench, ModelOptions(), file=file)
    assert found.alone == pytest.approx(alone(archive, bench))
    assert found.perplexity < found.alone


def test_no_text_is_refused(archive, bench):
    with pytest.raises(DataError, match="no text"):
        evaluated(archive, bench, ModelOptions(), lines=[])


def test_questions_pairs_and_typing_are_those_of_the_models_that_read(archive, bench, tmp_path):
    cloze, pairs = tmp_path / "cloze.csv", tmp_path / "pairs.jsonl"
    cloze.write_text("question,a,b,c,d,e,answer\nthe ___ sat,cat,mat,on,log,the,a\n")
    pairs.write_text('{"sentence_good": "the cat sat", "sentence_bad": "sat cat the"}\n')
    model = asked(archive, bench)
    reader = model.reader
    scorer = SentenceScorer(reader.directions, bench.vocabulary)
    answered = model.on_cloze(cloze, "probability")
    assert replace(answered, seconds=0.0) == replace(evaluate_cloze(scorer, cloze), seconds=0.0)
    assert model.on_pairs([pairs], "probability") == evaluate_pairs(scorer, [pairs])
    typed = evaluate_typing(reader.forward, bench.vocabulary, LINES, limit=5)
    found = model.on_typing(LINES, limit=5)
    assert replace(found, ms_per_key={}) == replace(typed, ms_per_key={})


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "cloze.csv"
    rows = "the ___ sat on the mat,cat,log,on,mat,dog,a\na dog ___ the cat .,on,saw,a,the,mat,b\n"
    path.write_text(f"question,a,b,c,d,e,answer\n{rows}", encoding="utf-8")
    return path


@pytest.fixture
def with_contrast(archive, bench):
    entry = StackEntry("ngram", NGramConfig(weights={"": (0.1, 0.2, 0.3)}), bench.model)
    facts = {"contrast": {"own": 0.0, "others": 0.0, "ngram": 1.0, "similarity": 0.0}}
    return replace(archive, stack=(entry,), facts=facts)


def correct(archive, bench, questions, metric=None, **options):
    return asked(archive, bench, ModelOptions(**options)).on_cloze(questions, metric).correct


def test_choices_are_compared_as_it_was_fitted(with_contrast, bench, questions):
    ngram = SentenceScorer(Directions(forward=bench.model), bench.vocabulary)
    expected = evaluate_cloze(ngram, questions).correct
    assert correct(with_contrast, bench, questions) == expected
    assert correct(with_contrast, bench, questions, "contrast") == expected


def test_named_adapters_and_metrics_ask_for_something_else(with_contrast, bench, questions):
    network = SentenceScorer(build_model(with_contrast, ALONE_OPTIONS), bench.vocabulary)
    expected = evaluate_cloze(network, questions).correct
    assert correct(with_contrast, bench, questions, adapters=()) == expected
    found = correct(with_contrast, bench, questions, "probability")
    mixed = SentenceScorer(build_model(with_contrast), bench.vocabulary)
    assert found == evaluate_cloze(mixed, questions).correct


def test_a_model_without_weights_of_its_own_takes_the_probability(archive, bench, questions):
    network = SentenceScorer(build_model(archive), bench.vocabulary)
    expected = evaluate_cloze(network, questions).correct
    assert correct(archive, bench, questions) == expected


def test_the_contrast_needs_an_n_gram_and_a_blank(archive, with_contrast, bench, questions):
    with pytest.raises(UsageError, match="n-gram"):
        correct(archive, bench, questions, "contrast")
    with pytest.raises(UsageError, match="blank"):
        asked(with_contrast, bench).on_pairs([questions], "contrast")


def test_the_scorer_reads_with_the_networks_alone(with_contrast, bench):
    scorer = contrast_scorer(with_contrast, ModelOptions())
    assert scorer.directions.forward is with_contrast.model
    without = replace(with_contrast, facts={})
    assert contrast_scorer(without, ModelOptions()).weights == ContrastWeights()
