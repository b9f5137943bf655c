"""Every adapter of the registry keeps to the contract."""

from dataclasses import FrozenInstanceError, asdict, fields, is_dataclass

import pytest

from lmkit.models.adapters import ADAPTERS
from lmkit.models.adapters.adapter import Adapter


@pytest.fixture(params=ADAPTERS.names())
def adapter(request):
    return ADAPTERS.get(request.param)()


def test_an_adapter_has_the_name_it_is_registered_by(adapter):
    assert isinstance(adapter, Adapter)
    assert ADAPTERS.get(adapter.name) is type(adapter)


def test_a_config_is_frozen_has_defaults_and_is_no_place_for_the_name(adapter):
    config = adapter.config_type()
    assert is_dataclass(config)
    assert "name" not in asdict(config)
    with pytest.raises(FrozenInstanceError):
        setattr(config, fields(config)[0].name, None)


def test_the_files_of_adapters_differ():
    files = [ADAPTERS.get(name).file for name in ADAPTERS]
    named = [file for file in files if file is not None]
    assert len(set(named)) == len(named)
    assert not {"model.safetensors", "backward.safetensors"} & set(named)


def test_an_adapter_without_a_file_cannot_be_asked_for_one(tmp_path):
    adapter = ADAPTERS.get("cache")()
    with pytest.raises(NotImplementedError, match="cache"):
        adapter.load(tmp_path / "x", None)
    with pytest.raises(NotImplementedError, match="cache"):
        adapter.save(None, tmp_path / "x")


def test_time_is_shared_out():
    assert all(ADAPTERS.get(name).time > 0 for name in ADAPTERS)
