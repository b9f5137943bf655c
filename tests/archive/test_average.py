"""A folder of several averaged networks: a file for each, and one architecture."""

import json

import pytest
import torch

from lmkit.archive.average import AverageKind
from lmkit.archive.build import build_model
from lmkit.archive.describe import describe_folder
from lmkit.archive.folder import Archive, load_archive, save_archive
from lmkit.archive.options import ModelOptions
from lmkit.core.errors import ModelError, UsageError
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

TOKENIZER = Tokenizer.train(["the cat sat", "the dog sat"], TokenizerConfig())


def network(seed, hidden=8):
    config = RecurrentLMConfig(vocab_size=TOKENIZER.vocab_size, hidden=hidden, embedding=8)
    return RecurrentLM(config, torch.Generator().manual_seed(seed)).eval()


def answers(model):
    ids = torch.tensor([[1, 2, 3]])
    return model.read(ids, model.start(1))[0].log_probs()


@pytest.fixture
def folder(tmp_path):
    archive = Archive(
        model=AverageLM([network(0), network(1)]),
        backward=AverageLM([network(2), network(3)]),
        tokenizer=TOKENIZER,
    )
    save_archive(tmp_path / "m", archive)
    return tmp_path / "m"


def test_the_folder_answers_as_the_average_that_was_stored(folder):
    loaded = build_model(load_archive(folder))
    assert torch.equal(answers(loaded.forward), answers(AverageLM([network(0), network(1)])))
    assert torch.equal(answers(loaded.backward), answers(AverageLM([network(2), network(3)])))


def test_each_network_has_a_file_of_its_own(folder):
    names = {path.name for path in folder.glob("*.safetensors")}
    assert names == {
        "model.safetensors",
        "model-2.safetensors",
        "backward.safetensors",
        "backward-2.safetensors",
    }


def test_info_counts_the_weights_of_all(folder):
    facts = describe_folder(folder)
    assert facts["kind"] == "average"
    assert facts["models"] == 2
    assert facts["parameters"] == 2 * network(0).parameter_count()


def test_the_lab_looks_at_the_network_that_is_named(folder):
    archive = load_archive(folder)
    first = {name: value.clone() for name, value in network(0).state_dict().items()}
    second = network(1).state_dict()
    assert all(torch.equal(v, first[k]) for k, v in archive.network.state_dict().items())
    assert all(torch.equal(v, second[k]) for k, v in archive.network_at(2).state_dict().items())
    with pytest.raises(UsageError, match="2 networks; there is no network 3"):
        archive.network_at(3)


def test_eight_bits_round_every_network(folder):
    model = build_model(load_archive(folder), ModelOptions(precision="int8")).forward
    assert [type(one) for one in model.models] == [Int8LM, Int8LM]
    exact = build_model(load_archive(folder)).forward
    assert torch.allclose(answers(model), answers(exact), atol=0.05)


def test_the_networks_move_to_a_device_together(folder):
    moved = load_archive(folder).to(torch.device("meta"))
    assert {one.device.type for one in moved.model.models} == {"meta"}


@pytest.mark.parametrize("count", [0, 3, -1, 2.0, True, "2", None, 1000])
def test_a_wrong_number_of_networks_is_damage(folder, count):
    archive = load_archive(folder)
    files = {path.name: path for path in folder.iterdir()}
    architecture = {**archive.facts["architecture"], "models": count}
    with pytest.raises(ModelError, match=r"models is|does not list model-3"):
        AverageKind().read(files, "model", architecture)


def test_networks_that_cannot_share_a_folder_are_refused(tmp_path):
    for model, said in (
        (AverageLM([network(0), network(1, hidden=16)]), "different architectures"),
        (AverageLM([network(0), Int8LM(network(1))]), "8 bits cannot be stored"),
    ):
        with pytest.raises(UsageError, match=said):
            save_archive(tmp_path / "n", Archive(model=model, tokenizer=TOKENIZER))


def test_config_json_names_one_architecture(folder):
    stored = json.loads((folder / "config.json").read_text())["architecture"]
    assert stored["models"] == 2
    assert stored["hidden"] == 8
