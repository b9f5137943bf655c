"""The recurrent kind: an architecture of shape alone, read with suspicion."""

import subprocess
import sys
from dataclasses import asdict, replace

import pytest

from lmkit.archive.recurrent import MAX_LAYERS, RecurrentKind, read_shape, shapes_alone
from lmkit.core.errors import ModelError
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig, RecurrentShape
from lmkit.models.weights import weights_of

KIND = RecurrentKind()
CONFIG = RecurrentLMConfig(vocab_size=12, layers=2, hidden=6, embedding=4, dropout_output=0.3)


def test_the_architecture_holds_shape_alone():
    stored = KIND.architecture(RecurrentLM(CONFIG))
    assert stored == asdict(CONFIG.shape)
    assert set(stored) == set(asdict(RecurrentShape(vocab_size=1)))
    assert read_shape(stored) == replace(CONFIG, dropout_output=0.0)


def test_a_key_that_is_left_out_has_its_default():
    assert read_shape({"vocab_size": 12}) == RecurrentLMConfig(vocab_size=12)


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        ({}, "vocab_size"),
        ({"vocab_size": 12, "hiden": 3}, "hiden"),
        ({"vocab_size": 12, "dropout_output": 0.1}, "dropout_output"),
        ({"vocab_size": "many"}, "vocab_size"),
        ({"vocab_size": 12, "layers": 0}, "layers"),
        ({"vocab_size": 12, "last_hidden": -1}, "last_hidden"),
        ({"vocab_size": 12, "head_input": "first"}, "head_input"),
    ],
)
def test_what_is_no_architecture_is_named(architecture, message):
    with pytest.raises(ModelError, match=message):
        read_shape(architecture)


@pytest.mark.parametrize("head", ["full", "adaptive", "sampled"])
@pytest.mark.parametrize("cell", ["lstm", "gru", "mogrifier", "layernorm", "mingru"])
def test_a_model_of_shapes_alone_has_the_shapes_of_a_real_one(head, cell):
    config = replace(CONFIG, vocab_size=4500, head=head, cell=cell)
    shapes = {name: t.shape for name, t in weights_of(shapes_alone(config)).items()}
    assert shapes == {name: t.shape for name, t in weights_of(RecurrentLM(config)).items()}
    assert shapes_alone(config).parameter_count() == RecurrentLM(config).parameter_count()


def test_sizes_beyond_any_machine_are_described_without_memory():
    giant = replace(CONFIG, hidden=10**6, embedding=10**5)
    assert shapes_alone(giant).parameter_count() > 10**12
    for more in ({"layers": MAX_LAYERS + 1}, {"hidden": 10**30}, {"cell": "none such"}):
        with pytest.raises(ModelError):
            shapes_alone(replace(CONFIG, **more))


def test_a_description_counts_weights_it_has_not_seen():
    found = KIND.describe(asdict(CONFIG.shape))
    assert found == {
        "vocabulary": 12,
        "cell": "lstm",
        "layers": 2,
        "hidden": 6,
        "parameters": RecurrentLM(CONFIG).parameter_count(),
    }


@pytest.mark.parametrize("head_input", ["last", "sum"])
def test_what_was_written_is_read(tmp_path, head_input):
    config = replace(CONFIG, head_input=head_input)
    model = RecurrentLM(config)
    (name, write), *_ = KIND.files(model, "backward").items()
    assert name == KIND.weights_file("backward") == "backward.safetensors"
    write(tmp_path / "anything")
    loaded = KIND.read({name: tmp_path / "anything"}, "backward", asdict(config.shape))
    assert all((a == b).all() for a, b in zip(loaded.parameters(), model.parameters(), strict=True))
    assert not loaded.training


def test_sizes_that_the_weights_do_not_have_are_refused(tmp_path):
    KIND.files(RecurrentLM(CONFIG), "model")["model.safetensors"](tmp_path / "w")
    for more in ({"hidden": 7}, {"vocab_size": 10**12}, {"layers": 3}):
        with pytest.raises(ModelError, match="damaged"):
            KIND.read({"model.safetensors": tmp_path / "w"}, "model", asdict(CONFIG.shape) | more)


def test_loading_needs_no_compiler(tmp_path, folder):
    """A head on the meta device would load torch's compiler: half of the time to an answer."""
    code = (
        "import sys; from pathlib import Path; from lmkit.archive.folder import load_archive; "
        f"load_archive(Path({str(folder)!r})); "
        "sys.exit('torch._dynamo' in sys.modules or 'sympy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
