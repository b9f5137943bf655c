"""Settings of a run: composed in order, checked by name and type."""

import pytest

from lmkit.config import (
    RENAMED,
    RunConfig,
    build_config,
    overrides,
    parse_setting,
    preset_names,
    read_preset,
)
from lmkit.core.errors import UnknownNameError, UsageError


def load_config(*, preset=None, **given):
    """Settings of a preset, with those given over it."""
    return build_config(read_preset(preset) if preset else {}, overrides(**given))


def test_every_preset_is_a_run():
    assert set(preset_names()) >= {"tiny", "brief", "small", "medium", "wide"}
    for name in preset_names():
        assert load_config(preset=name).model.hidden >= 1


def test_what_is_said_later_wins(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text("[model]\nhidden = 30\nlayers = 3\nembedding = 30\n", encoding="utf-8")
    config = load_config(
        preset="small",
        file=file,
        settings=("layers=4", "model.embedding=40", "cell=gru"),
        options={"cell": "lstm", "unit": None},
    )
    assert (config.model.hidden, config.model.layers, config.model.embedding) == (30, 4, 40)
    assert config.model.cell == "lstm"
    assert config.training.batch == load_config(preset="small").training.batch


def test_settings_survive_being_stored():
    config = load_config(preset="medium", settings=("epochs=3", "unit=char", "tied=false"))
    assert RunConfig.from_table(config.to_table()) == config


def test_one_budget_takes_the_place_of_the_other():
    config = load_config(settings=("minutes=3",), options={"epochs": 2.0})
    assert (config.training.minutes, config.training.epochs) == (0.0, 2.0)


@pytest.mark.parametrize(
    ("setting", "nearest"),
    [
        ("hiddn=3", "hidden"),
        ("model.hiddn=3", "hidden"),
        ("modle.hidden=3", "model"),
        ("optimizer=mun", "muon"),
        ("schedule=cosin", "cosine"),
        ("cell=lstn", "lstm"),
        ("head=ful", "full"),
        ("averaging=tale", "tail"),
        ("unit=wrod", "word"),
    ],
)
def test_a_mistyped_name_is_answered_with_the_nearest(setting, nearest):
    with pytest.raises(UnknownNameError, match=f"did you mean '{nearest}'"):
        load_config(settings=(setting,))


@pytest.mark.parametrize(("former", "name"), RENAMED.items())
def test_a_former_name_is_answered_with_the_present_one(former, name, tmp_path):
    file = tmp_path / "old.toml"
    file.write_text(f"[training]\n{former} = 1\n")
    for asked in ({"settings": (f"{former}=1",)}, {"file": file}):
        with pytest.raises(UnknownNameError, match=f"'{former}' is called '{name}' now"):
            load_config(**asked)
    assert load_config(settings=(f"{name}=1",))


@pytest.mark.parametrize(
    "setting",
    ["hidden=many", "hidden=1.5", "hidden=0", "tied=perhaps", "learning_rate=-1", "batch=0", "x"],
)
def test_a_value_that_cannot_be_is_refused_in_one_sentence(setting):
    with pytest.raises(UsageError) as caught:
        load_config(settings=(setting,))
    assert "\n" not in str(caught.value)


def test_an_unknown_preset_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'small'"):
        load_config(preset="smal")


def test_values_are_read_as_toml_or_else_as_text():
    assert parse_setting("hidden = 12") == ("model", "hidden", 12)
    assert parse_setting("training.learning_rate=1e-3") == ("training", "learning_rate", 1e-3)
    assert parse_setting("cell=gru") == ("model", "cell", "gru")


@pytest.mark.parametrize("content", ["[model", "[nonsense]\na = 1", "hiden = 3"])
def test_a_malformed_file_is_refused(tmp_path, content):
    file = tmp_path / "run.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError):
        load_config(file=file)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        load_config(file=tmp_path / "none.toml")
