"""The options of the model that a command asks."""

import inspect

import pytest

from lmkit.cli.model_options import ChosenModel, with_model
from lmkit.core.errors import ModelError, UsageError
from lmkit.language_model import LanguageModel


def asking(**more):
    chosen_models = []

    @with_model(**more)
    def command(chosen: ChosenModel, text: str = "") -> None:
        chosen_models.append((chosen, text))

    return command, chosen_models


@pytest.mark.parametrize(
    ("more", "added"),
    [
        ({}, []),
        ({"direction": True}, ["direction"]),
        ({"personal": True}, ["personal"]),
        ({"direction": True, "personal": True}, ["direction", "personal"]),
    ],
)
def test_a_command_has_the_options_that_it_can_honour(more, added):
    command, _ = asking(**more)
    names = list(inspect.signature(command).parameters)
    assert names == ["folder", "text", "alone", "adapt", "mix", *added, "int8", "device"]


def test_the_options_reach_the_command_as_one_value(tmp_path):
    command, chosen_models = asking(personal=True)
    command(folder=tmp_path, text="the cat", alone=True, personal=tmp_path / "own.json", int8=True)
    expected = ChosenModel(
        folder=tmp_path, alone=True, personal=tmp_path / "own.json", int8=True, device="auto"
    )
    assert chosen_models == [(expected, "the cat")]


def test_a_model_is_opened_as_it_was_asked_for(model_folder):
    model = ChosenModel(folder=model_folder, alone=True, device="cpu").open()
    assert isinstance(model, LanguageModel)
    with pytest.raises(UsageError, match="the network alone has no adapters"):
        ChosenModel(folder=model_folder, alone=True, adapt="cache").open()


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(ModelError, match="no model folder at"):
        ChosenModel(folder=tmp_path / "none").open()
