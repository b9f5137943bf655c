"""The model that answers: what was fitted by default, or what the options name."""

from dataclasses import replace

import pytest
import torch

from lmkit.archive.build import build_model, open_archive, used_adapters
from lmkit.archive.folder import save_archive
from lmkit.archive.options import ALONE, ModelOptions
from lmkit.core.errors import Hint, ModelError, UsageError
from lmkit.core.seeding import make_generator
from lmkit.models.adapters.dynamic import measure_gradient_scale
from lmkit.models.adapters.dynamic_evaluation import DynamicEvaluation
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.adapters.ngram import NGramMixture
from lmkit.models.recurrent.int8_lm import Int8LM

WEIGHTS = {"": (0.1, 0.2), "cache": (0.3, 0.4)}  # of the archive in conftest.py
ORDER = 2


def build(archive, adapters=None, **options):
    return build_model(archive, ModelOptions(adapters=adapters, **options))


def test_by_default_all_that_was_fitted_reads(make_archive):
    archive = make_archive(backward_weight=0.4)
    directions = build_model(archive)
    mixed = directions.forward
    assert isinstance(mixed, NGramMixture)
    assert mixed.weights == WEIGHTS["cache"]
    assert isinstance(mixed.model, NeuralCache)
    assert mixed.model.config.window == 7
    assert mixed.model.base is archive.model  # dynamic evaluation is there and not used
    assert directions.backward is archive.backward
    assert directions.weight == 0.4


def test_the_network_alone_can_be_asked(make_archive):
    archive = make_archive()
    directions = build(archive, ALONE)
    assert directions.forward is archive.model
    assert directions.backward is archive.backward
    assert directions.weight == 0.5


def test_one_direction_can_be_asked_for(make_archive):
    archive = make_archive()
    assert build(archive, direction="forward").backward is None
    backward = build(archive, direction="backward")
    assert backward.forward is None
    assert backward.backward is archive.backward


def test_a_backward_model_reads_backward_and_alone(make_archive):
    archive = make_archive("backward")
    directions = build_model(archive)
    assert directions.forward is None
    assert directions.only() is archive.model
    assert used_adapters(archive, ModelOptions()) == ()


def test_weights_of_the_n_gram_depend_on_what_is_beneath(make_archive):
    archive = make_archive()
    assert build(archive, ("ngram",)).forward.weights == WEIGHTS[""]
    assert build(archive, ("ngram", "cache")).forward.weights == WEIGHTS["cache"]
    assert build(archive, ("dynamic", "ngram")).forward.weights == WEIGHTS[""]  # was not fitted
    assert archive.ngram.order == ORDER


@pytest.mark.parametrize(
    "adapters", [(), ("cache",), ("dynamic",), ("dynamic", "cache"), ("dynamic", "cache", "ngram")]
)
def test_every_stack_gives_a_model_that_predicts(adapters, make_archive):
    model = build(make_archive(), adapters).forward
    prediction, _ = model.read(torch.tensor([[1, 2]]), model.start(1))
    torch.testing.assert_close(prediction.log_probs().exp().sum(-1), torch.ones(1, 2))


@pytest.mark.parametrize(
    ("direction", "asked"),
    [("forward", "both"), ("forward", "backward"), ("backward", "forward"), ("backward", "both")],
)
def test_a_direction_that_the_folder_lacks_is_refused(direction, asked, make_archive):
    with pytest.raises(UsageError, match=asked) as caught:
        build(make_archive(direction), direction=asked)
    assert caught.value.hint is Hint.TRAIN_BOTH


def test_an_n_gram_is_not_mixed_with_a_backward_model(make_archive):
    with pytest.raises(UsageError, match="reads forward"):
        build(make_archive("backward"), ("ngram",))
    with pytest.raises(UsageError, match="reads forward"):
        build(make_archive(), ("ngram",), direction="backward")


def test_a_backward_model_adapts_where_that_is_named(make_archive):
    archive = make_archive()
    found = build(archive, ("cache",), direction="backward").backward
    assert isinstance(found, NeuralCache)
    assert found.base is archive.backward
    dynamic = build(archive, ("dynamic",), direction="backward").backward
    assert dynamic._step_sizes == {}  # the gradients in the folder are those of the forward model
    own = build(make_archive("backward"), ("cache",)).only()
    assert isinstance(own, NeuralCache)


def test_dynamic_evaluation_divides_by_the_gradients_of_its_own_model(make_archive):
    archive = make_archive()
    ids = torch.randint(archive.tokenizer.vocab_size, (1, 60), generator=make_generator(1))
    gradients = measure_gradient_scale(archive.model, ids[0].numpy())
    entry = archive.stack[0]
    plain, scaled = (
        build(replace(archive, stack=(replace(entry, asset=asset),)), ("dynamic",)).forward
        for asset in (None, gradients)
    )
    expected = DynamicEvaluation(archive.model, entry.config, scale=gradients)
    found = [
        model.read(ids, model.start(1))[0].last().log_probs() for model in (plain, scaled, expected)
    ]
    assert torch.equal(found[1], found[2])
    assert not torch.equal(found[0], found[1])


def test_a_folder_without_an_n_gram_says_so(make_archive):
    with pytest.raises(UsageError, match="n-gram"):
        build(replace(make_archive(), stack=()), ("ngram",))


@pytest.mark.parametrize("weight", ["half", 1.5, -0.1, True, [0.5]])
def test_a_weight_that_is_none_is_a_damaged_folder(weight, make_archive):
    with pytest.raises(ModelError, match="weight"):
        build_model(make_archive(backward_weight=weight))


def test_8_bit_weights_read_from_both_sides(make_archive):
    archive = make_archive()
    directions = build(archive, ("cache",), precision="int8")
    assert isinstance(directions.forward, NeuralCache)
    assert isinstance(directions.forward.base, Int8LM)
    assert isinstance(directions.backward, Int8LM)
    assert isinstance(build(make_archive("backward"), precision="int8").only(), Int8LM)


def test_weights_of_8_bits_do_not_learn(make_archive):
    with pytest.raises(UsageError, match="full weights"):
        build(make_archive(), ("dynamic",), precision="int8")


def test_8_bits_are_there_for_recurrent_models_alone(make_archive):
    archive = make_archive()
    with pytest.raises(UsageError, match="only recurrent models"):
        build(replace(archive, model=archive.ngram, stack=()), precision="int8")


def test_a_folder_is_opened_on_the_device_asked_for(make_archive, tmp_path, monkeypatch):
    save_archive(tmp_path / "model", make_archive())
    monkeypatch.setattr("lmkit.archive.build.choose_device", torch.device)
    assert open_archive(tmp_path / "model", ModelOptions(device="cpu")).network.device.type == "cpu"
    assert open_archive(tmp_path / "model", ModelOptions(device="meta")).model.device.type == "meta"
    small = ModelOptions(device="meta", precision="int8")  # 8 bits a weight are for the processor
    assert open_archive(tmp_path / "model", small).network.device.type == "cpu"
