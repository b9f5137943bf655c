"""`export --to onnx`: the folder as lmkit and other programs read it."""

import sys
from dataclasses import replace

import pytest
import tokenizers
import torch

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from lmkit.archive.folder import load_archive, save_archive
from lmkit.core.errors import Hint, MissingExtraError, ModelError, UsageError
from lmkit.interop.onnx.export import OnnxRequest, export_onnx
from lmkit.language_model import LanguageModel
from lmkit.models.recurrent.average import AverageLM

FILES = {
    "model.onnx",
    "sequence.onnx",
    "layers.onnx",
    "head.onnx",
    "model.onnx_data",
    "tokenizer.json",
    "lmkit.json",
    "config.json",
    "manifest.json",
    "README.md",
    "metrics.jsonl",
    "ngram.safetensors",
}


@pytest.fixture
def graphs(model_folder, tmp_path):
    """The tiny trained model as a folder of graphs."""
    export_onnx(model_folder, tmp_path / "graphs", OnnxRequest())
    return tmp_path / "graphs"


def test_the_folder_holds_graphs_tokenizer_and_settings(model_folder, tmp_path):
    answer = export_onnx(model_folder, tmp_path / "graphs", OnnxRequest())
    assert {path.name for path in (tmp_path / "graphs").iterdir()} == FILES
    assert answer.difference < 1e-5
    assert answer.adapters == ("cache", "ngram")
    assert answer.left_out == ("dynamic",)
    assert (answer.direction, answer.network, answer.networks) == ("forward", 1, 1)


def test_every_answer_is_that_of_the_model(model_folder, graphs):
    one, other = LanguageModel.load(model_folder), LanguageModel.load(graphs)
    assert other.adapters == one.adapters
    for ask in (
        lambda model: [(g.word, g.probability) for g in model.next("the cat", k=3).words],
        lambda model: [(g.word, g.probability) for g in model.complete("the c", k=2).words],
        lambda model: [(f.text, f.probability) for f in model.fill("the ___ sat", k=3).fillings],
        lambda model: [(w.word, w.surprisal) for w in model.score("the cat sat").words],
    ):
        for mine, theirs in zip(ask(one), ask(other), strict=True):
            assert mine[0] == theirs[0]
            assert mine[1] == pytest.approx(theirs[1], abs=1e-4)
    assert one.generate_text("the").text == other.generate_text("the").text
    mine, theirs = (m.evaluate_text(["the cat sat", "the dog"]) for m in (one, other))
    assert mine.perplexity == pytest.approx(theirs.perplexity, rel=1e-5)
    assert mine.alone == pytest.approx(theirs.alone, rel=1e-5)


def test_the_tokenizers_library_reads_its_file(graphs):
    library = tokenizers.Tokenizer.from_file(str(graphs / "tokenizer.json"))
    own = load_archive(graphs).tokenizer
    assert library.encode("the cat\nsat").ids == own.encode("the cat\nsat")


def test_one_network_of_an_average_is_written(model_folder, tmp_path):
    archive = load_archive(model_folder)
    averaged = replace(archive, model=AverageLM([archive.model, archive.model]), stack=())
    save_archive(tmp_path / "two", averaged)
    answer = export_onnx(tmp_path / "two", tmp_path / "graphs", OnnxRequest(network=2))
    assert (answer.network, answer.networks) == (2, 2)
    ids = torch.tensor([[1, 2, 3]])
    found = load_archive(tmp_path / "graphs").model
    expected = archive.model.read(ids, archive.model.start(1))[0].log_probs()
    got = found.read(ids, found.start(1))[0].log_probs()
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=0)
    with pytest.raises(UsageError, match="there is no network 3"):
        export_onnx(tmp_path / "two", tmp_path / "x", OnnxRequest(network=3))


def test_both_directions_are_written_or_one_of_them(model_folder, tmp_path):
    archive = load_archive(model_folder)
    save_archive(tmp_path / "both", replace(archive, backward=archive.model))
    answer = export_onnx(tmp_path / "both", tmp_path / "graphs", OnnxRequest())
    assert answer.direction == "both"
    assert (tmp_path / "graphs" / "backward.onnx").is_file()
    assert LanguageModel.load(tmp_path / "graphs").fill("the ___ sat", k=1).fillings
    one = export_onnx(tmp_path / "both", tmp_path / "one", OnnxRequest(direction="forward"))
    assert one.direction == "forward"
    assert not (tmp_path / "one" / "backward.onnx").exists()


def test_a_model_in_the_way_stays_unless_forced(model_folder, graphs, tmp_path):
    with pytest.raises(UsageError, match="holds a model"):
        export_onnx(model_folder, graphs, OnnxRequest())
    export_onnx(model_folder, graphs, OnnxRequest(force=True))
    with pytest.raises(UsageError, match="is the model itself"):
        export_onnx(model_folder, model_folder, OnnxRequest(force=True))
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="is a file"):
        export_onnx(model_folder, tmp_path / "file", OnnxRequest(force=True))


def test_files_of_others_are_neither_replaced_nor_removed(model_folder, tmp_path):
    out = tmp_path / "graphs"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    export_onnx(model_folder, out, OnnxRequest())
    assert (out / "notes.txt").read_text() == "mine"
    other = tmp_path / "other"
    other.mkdir()
    (other / "model.onnx").write_text("mine")
    with pytest.raises(UsageError, match="was not written by lmkit"):
        export_onnx(model_folder, other, OnnxRequest(force=True))
    assert (other / "model.onnx").read_text() == "mine"


def test_graphs_cannot_be_written_from_graphs(graphs, tmp_path):
    with pytest.raises(UsageError, match="recurrent models alone"):
        export_onnx(graphs, tmp_path / "again", OnnxRequest())


def test_a_damaged_folder_is_not_answered_from(graphs):
    content = (graphs / "model.onnx_data").read_bytes()
    (graphs / "model.onnx_data").write_bytes(content[:-4] + b"oops")
    with pytest.raises(ModelError, match="wrong checksum"):
        LanguageModel.load(graphs)


def test_without_onnx_the_remedy_is_named(model_folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    for name in ("graphs", "weights"):
        monkeypatch.delitem(sys.modules, f"lmkit.interop.onnx.{name}", raising=False)
    with pytest.raises(MissingExtraError, match="needs onnx") as raised:
        export_onnx(model_folder, tmp_path / "graphs", OnnxRequest())
    assert raised.value.hint is Hint.INSTALL_ONNX
    assert not (tmp_path / "graphs").exists()
