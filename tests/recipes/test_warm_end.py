"""The end of a direction that started from a base."""

import pytest
import torch

from lmkit.models.weights import weights_of
from lmkit.recipes import train_language_model
from lmkit.recipes.prepare import prepare
from lmkit.recipes.resolve import resolve
from lmkit.recipes.warm_end import fit_to_text
from lmkit.recipes.warm_start import start_model, unseen_rate
from lmkit.training.text_validation import TextValidator


@pytest.fixture
def data(ask, run_phase, tmp_path):
    for _ in train_language_model(ask(out=tmp_path / "old")):
        pass
    request = ask(base=str(tmp_path / "old"), settings=(), out=tmp_path / "new")
    return run_phase(prepare(resolve(request)))[1]


def started(data):
    model = start_model(data.run.base, data.text, data.run.config.model, "forward")
    text = data.text
    validator = TextValidator(
        model, text.valid.ids, words=text.valid.words, line_end_id=text.tokenizer.line_end_id
    )
    return model, {name: w.clone() for name, w in weights_of(model).items()}, validator


def test_a_model_that_got_worse_goes_back_to_its_base(data):
    model, start, validator = started(data)
    with torch.no_grad():
        model.head.bias[2] += 30.0
    said = fit_to_text(data, model, start, validator)
    assert said.message.startswith("final weights: 0%")
    assert torch.equal(model.head.bias[2:], start["head.bias"][2:])


def test_a_model_that_got_better_stays(data):
    model, start, validator = started(data)
    counts = torch.bincount(torch.from_numpy(data.text.valid.ids.astype(int)))
    with torch.no_grad():
        model.head.bias[: len(counts)] = (counts + 0.1).log()
    assert fit_to_text(data, model, start, validator).message.startswith("final weights: 100%")


def test_as_many_unknown_words_are_expected_as_will_come(data):
    model, start, validator = started(data)
    fit_to_text(data, model, start, validator)
    hidden, _ = validator.sample(validator.tokens)
    probs = model.head.log_probs(hidden).detach().exp()
    mean = float(probs[:, data.text.tokenizer.unknown_id].mean())
    rate = unseen_rate(data.text, data.run.base.archive.tokenizer.vocab_size)
    assert mean == pytest.approx(max(rate, 1e-4), rel=0.05)
