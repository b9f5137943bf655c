"""`llm -m lmkit` for real, and the same model asked from Python."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("llm", reason="the package llm is not installed")

import llm

from lmkit.inference.generate import GenerateConfig
from lmkit.inference.sampling import SamplingConfig
from lmkit.interop import llm_plugin
from lmkit.interop.llm_plugin import LmkitModel
from lmkit.language_model import LanguageModel

PROMPT = "the cat sat"


def continued(folder: Path, prompt: str, **settings: object) -> str:
    """Return what the library's own generation writes."""
    config = GenerateConfig(**settings)  # type: ignore[arg-type]
    return "".join(LanguageModel.load(folder).generate(prompt, config))


def asked(folder: Path, prompt: str = PROMPT, **options: object) -> str:
    return LmkitModel().prompt(prompt, folder=str(folder), **options).text()


def test_the_command_continues_a_prompt_from_a_folder(
    installed: dict[str, str], model_folder: Path
) -> None:
    options = ["-o", "folder", str(model_folder), "-o", "words", "6", "-o", "seed", "3"]
    done = subprocess.run(
        ["llm", "-m", "lmkit", *options, PROMPT],
        capture_output=True,
        text=True,
        env=installed,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip("\n") == continued(model_folder, PROMPT, words=6, seed=3).rstrip("\n")


def test_every_option_reaches_the_generation(model_folder: Path) -> None:
    sampling = SamplingConfig(temperature=0.7, top_k=9, top_p=0.9, min_p=0.01)
    expected = continued(model_folder, PROMPT, words=9, seed=5, sampling=sampling, end="line")
    options = {"temperature": 0.7, "top_k": 9, "top_p": 0.9, "min_p": 0.01, "end": "line"}
    assert asked(model_folder, words=9, seed=5, **options) == expected


def test_a_stop_string_ends_the_text(model_folder: Path) -> None:
    assert "mat" not in asked(model_folder, words=30, stop="mat", temperature=0)


def test_the_network_alone_writes_as_the_folder_without_adapters(model_folder: Path) -> None:
    from lmkit.archive.options import ALONE, ModelOptions

    alone = LanguageModel.load(model_folder, ModelOptions(adapters=ALONE))
    expected = "".join(alone.generate(PROMPT, GenerateConfig(words=20)))
    assert asked(model_folder, words=20, alone=True) == expected


def test_streamed_parts_are_the_whole_text(model_folder: Path) -> None:
    parts = list(LmkitModel().prompt(PROMPT, folder=str(model_folder), words=8))
    assert len(parts) > 1
    assert "".join(parts) == asked(model_folder, words=8, stream=False)


def test_turns_before_are_read_as_lines(model_folder: Path) -> None:
    conversation = LmkitModel().conversation()
    settings = {"folder": str(model_folder), "words": 4}
    first = conversation.prompt(PROMPT, **settings).text()
    second = conversation.prompt("a dog", **settings).text()
    assert second == continued(model_folder, f"{PROMPT}\n{first}\na dog", words=4)


def test_tokens_are_counted(model_folder: Path) -> None:
    response = LmkitModel().prompt(PROMPT, folder=str(model_folder), words=5)
    tokenizer = LanguageModel.load(model_folder).tokenizer
    written = tokenizer.encode_inside(response.text())
    assert (response.usage().input, response.usage().output) == (3, len(written))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "name one with -o folder DIR"),
        ({"folder": "/nowhere"}, "no model folder at /nowhere"),
        ({"folder": "FOLDER", "top_p": 2.0}, "top_p must be from"),
        ({"folder": "FOLDER", "end": "never"}, "no end named 'never'"),
        ({"folder": "FOLDER", "words": -1}, "cannot be negative"),
    ],
)
def test_what_cannot_be_honoured_is_one_sentence(
    model_folder: Path, options: dict[str, object], message: str
) -> None:
    options = {name: str(model_folder) if v == "FOLDER" else v for name, v in options.items()}
    with pytest.raises(llm.ModelError, match=message):
        LmkitModel().prompt(PROMPT, **options).text()


def test_a_system_prompt_is_refused(model_folder: Path) -> None:
    with pytest.raises(llm.ModelError, match="does not support system prompts"):
        LmkitModel().prompt(PROMPT, system="be kind", folder=str(model_folder)).text()


def test_bytes_that_are_no_text_are_read_as_unknown(model_folder: Path) -> None:
    assert asked(model_folder, "the cat \udcff", words=3)


def test_a_folder_stays_open_between_prompts(model_folder: Path) -> None:
    llm_plugin._open.cache_clear()
    asked(model_folder, words=1)
    asked(model_folder, words=1)
    assert llm_plugin._open.cache_info().hits == 1


def test_registering_the_model_loads_no_torch() -> None:
    code = "import sys, lmkit.interop.llm_plugin; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_hook_registers_one_model_of_that_name() -> None:
    registered: list[LmkitModel] = []
    llm_plugin.register_models(registered.append)
    assert [model.model_id for model in registered] == ["lmkit"]
