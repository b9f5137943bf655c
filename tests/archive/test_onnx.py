"""A folder of ONNX graphs: its files, what is refused, and what `info` shows."""

import json
import shutil
from dataclasses import asdict

import pytest
import torch

from lmkit.archive.describe import describe_folder
from lmkit.archive.folder import load_archive, save_archive
from lmkit.archive.manifest import MANIFEST
from lmkit.archive.onnx import GraphFiles, OnnxKind
from lmkit.core.errors import ModelError, UsageError
from lmkit.core.files import sha256

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from lmkit.interop.onnx.export import OnnxRequest, export_onnx


@pytest.fixture
def graphs(folder, tmp_path):
    """A folder of graphs of a model in both directions."""
    export_onnx(folder, tmp_path / "graphs", OnnxRequest())
    return tmp_path / "graphs"


def answers(model):
    ids = torch.tensor([[1, 2, 3], [3, 2, 1]])
    return model.read(ids, model.start(2))[0].log_probs()


def test_every_network_has_its_files():
    assert GraphFiles.of("model").all == (
        "model.onnx",
        "sequence.onnx",
        "layers.onnx",
        "head.onnx",
        "model.onnx_data",
    )
    assert GraphFiles.of("backward").step == "backward.onnx"
    assert not set(GraphFiles.of("model").all) & set(GraphFiles.of("backward").all)


def test_the_folder_answers_as_the_one_it_was_made_from(folder, graphs):
    one, other = load_archive(folder), load_archive(graphs)
    torch.testing.assert_close(answers(one.model), answers(other.model), atol=1e-5, rtol=0)
    torch.testing.assert_close(answers(one.backward), answers(other.backward), atol=1e-5, rtol=0)
    assert other.tokenizer.to_json() == one.tokenizer.to_json()


def test_a_loaded_folder_can_be_stored_again(graphs, tmp_path):
    loaded = load_archive(graphs)
    save_archive(tmp_path / "again", loaded)
    again = load_archive(tmp_path / "again")
    assert torch.equal(answers(again.model), answers(loaded.model))
    assert torch.equal(answers(again.backward), answers(loaded.backward))


def test_info_needs_no_graph(folder, graphs):
    one, other = describe_folder(folder), describe_folder(graphs)
    assert other["kind"] == "onnx"
    for name in ("vocabulary", "cell", "layers", "hidden", "parameters", "direction"):
        assert other[name] == one[name]


@pytest.mark.parametrize("name", [*GraphFiles.of("model").all, *GraphFiles.of("backward").all])
def test_a_changed_or_missing_file_is_damage(graphs, name):
    whole = (graphs / name).read_bytes()
    (graphs / name).write_bytes(whole[:-1] + b"?")
    with pytest.raises(ModelError, match="wrong checksum"):
        load_archive(graphs)
    (graphs / name).unlink()
    with pytest.raises(ModelError, match="is missing"):
        load_archive(graphs)


def test_a_manifest_without_a_graph_is_damage(graphs):
    manifest = json.loads((graphs / MANIFEST).read_text())
    del manifest["files"]["head.onnx"]
    (graphs / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match=r"does not list head\.onnx"):
        load_archive(graphs)


@pytest.mark.parametrize(
    "change",
    [{"vocab_size": 99}, {"hidden": 7}, {"embedding": 5}, {"layers": 1}, {"layers": 3}],
)
def test_graphs_of_another_shape_are_damage(graphs, change):
    config = json.loads((graphs / "config.json").read_text())
    config["architecture"] |= change
    (graphs / "config.json").write_text(json.dumps(config))
    manifest = json.loads((graphs / MANIFEST).read_text())
    manifest["files"]["config.json"] = sha256(graphs / "config.json")
    (graphs / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="graphs beside it do not hold"):
        load_archive(graphs)


def test_files_under_temporary_names_are_read(graphs, tmp_path):
    names = GraphFiles.of("model").all
    expected = answers(load_archive(graphs).model)
    places = {name: tmp_path / f".lmkit-{number}.partial" for number, name in enumerate(names)}
    for name, place in places.items():
        shutil.copyfile(graphs / name, place)
    architecture = asdict(load_archive(graphs).model.config.shape)
    found = OnnxKind().read(places, "model", architecture)
    assert torch.equal(answers(found), expected)


def test_there_is_no_network_to_look_into(graphs):
    with pytest.raises(UsageError, match="no recurrent network to inspect"):
        _ = load_archive(graphs).network
