"""Evaluation of a model with its adapters and typed text, beside the model alone."""

from dataclasses import replace

import pytest
import torch

from lmkit.archive.build import build_model
from lmkit.archive.folder import Archive
from lmkit.archive.options import ModelOptions
from lmkit.core.errors import DataError
from lmkit.data.typed_text import TypedText
from lmkit.evaluation.as_asked import evaluate_as_asked
from lmkit.evaluation.perplexity import Reading, evaluate_text
from lmkit.inference.personal import PersonalText
from lmkit.inference.reader import Reader
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

LINES = ["the cat sat on the mat", "the cat sat on the mat", "the cat sat on the mat"]


@pytest.fixture(scope="module")
def archive(bench):
    size = bench.tokenizer.vocab_size
    config = RecurrentLMConfig(vocab_size=size, hidden=8, embedding=8, layers=1)
    model = RecurrentLM(config, torch.Generator().manual_seed(0)).eval()
    return Archive(model=model, tokenizer=bench.tokenizer)


def evaluated(archive, bench, options, *, file=None, lines=LINES):
    reader = Reader(vocabulary=bench.vocabulary, trained=build_model(archive, options))
    if file is not None:
        reader = replace(reader, personal=PersonalText(TypedText(file), bench.vocabulary))
    return evaluate_as_asked(archive, options, reader, lines)


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
