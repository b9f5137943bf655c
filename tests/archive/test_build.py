from dataclasses import replace

import numpy as np
import pytest
import torch

from lmkit.archive.build import ADAPTATIONS, build_model, describe
from lmkit.archive.folder import Archive
from lmkit.calibration.gradient_scale import measure_gradient_scale
from lmkit.core.errors import LmkitError, ModelError, UsageError
from lmkit.core.seeding import make_generator
from lmkit.models.adapters.dynamic_evaluation import DynamicEvaluation
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.adapters.ngram_mixture import NGramMixture
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LINES = ["the cat sat on the mat", "a dog saw the cat"] * 2


def make_archive(direction="both", **facts):
    tokenizer = Tokenizer.train(LINES, TokenizerConfig())
    config = RecurrentLMConfig(vocab_size=tokenizer.vocab_size, hidden=8, embedding=8)
    models = [RecurrentLM(config, torch.Generator().manual_seed(seed)).eval() for seed in (0, 1)]
    ngram = NGram.fit(
        np.array(tokenizer.encode("the cat")),
        vocab_size=tokenizer.vocab_size,
        line_end_id=tokenizer.line_end_id,
        order=2,
    )
    return Archive(
        model=models[0],
        tokenizer=tokenizer,
        facts={"direction": direction, **facts},
        backward=models[1] if direction == "both" else None,
        ngram=ngram,
    )


def test_by_default_everything_trained_reads():
    archive = make_archive()
    directions = build_model(archive)
    assert directions.forward is archive.model
    assert directions.backward is archive.backward


def test_one_direction_can_be_asked_for():
    archive = make_archive()
    assert build_model(archive, direction="forward").backward is None
    backward = build_model(archive, direction="backward")
    assert backward.forward is None
    assert backward.backward is archive.backward


def test_a_backward_model_reads_backward():
    archive = make_archive("backward")
    directions = build_model(archive)
    assert directions.forward is None
    assert directions.only() is archive.model


def test_fitted_settings_are_used():
    order = make_archive().ngram.order
    rising = [number / 10 for number in range(order)]
    companions = {
        "ngram": {"weight": 0.3, "with_cache": rising, "with_dynamic": 0.1},
        "backward": {"weight": 0.4},
        "cache": {"window": 7, "weight": 0.2, "theta": 0.5, "of_a_newer_lmkit": 1},
    }
    directions = build_model(make_archive(companions=companions), adapt="cache", mix="ngram")
    assert directions.weight == 0.4
    assert isinstance(directions.forward, NGramMixture)
    assert directions.forward.shares == tuple(rising)
    cache = directions.forward.model
    assert isinstance(cache, NeuralCache)
    assert cache.config.window == 7
    alone = build_model(make_archive(companions=companions), mix="ngram").forward
    assert isinstance(alone, NGramMixture)
    assert alone.shares == (0.3,) * order


@pytest.mark.parametrize("weight", ["much", 1.5, [0.1], [0.1, "a", 0.3], None])
def test_shares_that_are_none_are_a_damaged_model(weight):
    archive = make_archive(companions={"ngram": {"weight": weight}})
    with pytest.raises(ModelError, match=r"config\.json"):
        build_model(archive, mix="ngram")


@pytest.mark.parametrize("adapt", ADAPTATIONS.names())
def test_every_adaptation_gives_a_model_that_predicts(adapt):
    model = build_model(make_archive(), adapt=adapt).forward
    prediction, _ = model.read(torch.tensor([[1, 2]]), model.start(1))
    torch.testing.assert_close(prediction.log_probs().exp().sum(-1), torch.ones(1, 2))


@pytest.mark.parametrize(
    ("direction", "request_"),
    [
        ("forward", {"direction": "both"}),
        ("forward", {"direction": "backward"}),
        ("backward", {"direction": "forward"}),
        ("backward", {"mix": "ngram"}),
        ("both", {"adapt": "cahce"}),
        ("both", {"mix": "trigram"}),
        ("both", {"direction": "sideways"}),
    ],
)
def test_what_the_folder_lacks_is_refused(direction, request_):
    with pytest.raises(UsageError):
        build_model(make_archive(direction), **request_)


def test_dynamic_evaluation_divides_by_the_gradients_of_its_own_model():
    archive = make_archive()
    ids = torch.randint(archive.tokenizer.vocab_size, (1, 60), generator=make_generator(1))
    gradients = measure_gradient_scale(archive.model, ids[0].numpy())
    plain, scaled = (
        build_model(each, adapt="dynamic", direction="forward").only()
        for each in (archive, replace(archive, gradients=gradients))
    )
    expected = DynamicEvaluation(archive.model, scale=gradients)
    found = [
        model.read(ids, model.start(1))[0].last().log_probs() for model in (plain, scaled, expected)
    ]
    assert torch.equal(found[1], found[2])
    assert not torch.equal(found[0], found[1])


def test_a_folder_without_an_ngram_says_so():
    archive = make_archive()
    without = Archive(model=archive.model, tokenizer=archive.tokenizer)
    with pytest.raises(UsageError, match="n-gram"):
        build_model(without, mix="ngram")


def test_a_share_that_is_none_is_a_damaged_folder():
    archive = make_archive(companions={"backward": {"weight": "half"}})
    with pytest.raises(ModelError, match="half"):
        build_model(archive)
    assert issubclass(ModelError, LmkitError)


def test_info_has_the_promised_fields():
    info = describe(make_archive(training={"words": 3}))
    names = "format_version unit vocabulary cell layers hidden parameters direction training"
    assert set(names.split()) <= set(info)
    assert info["training"] == {"words": 3}


def test_8_bit_weights_read_from_both_sides():
    archive = make_archive()
    directions = build_model(archive, weights="int8", adapt="cache")
    assert isinstance(directions.forward, NeuralCache)
    assert isinstance(directions.forward.base, Int8LM)
    assert isinstance(directions.backward, Int8LM)
    assert isinstance(build_model(make_archive("backward"), weights="int8").only(), Int8LM)


def test_weights_of_8_bits_do_not_learn():
    with pytest.raises(UsageError, match="in full"):
        build_model(make_archive(), weights="int8", adapt="dynamic")
    with pytest.raises(UsageError, match="int8"):
        build_model(make_archive(), weights="int9")
