"""The folder of a forecaster: what was saved is read again, and damage is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from lmkit.archive.manifest import MANIFEST
from lmkit.core.errors import ModelError
from lmkit.core.files import sha256
from lmkit.forecasting.archive import (
    CONFIG,
    FORMAT_VERSION,
    SERIES,
    WEIGHTS,
    load_forecaster,
    save_forecaster,
)
from lmkit.forecasting.model import ForecastModel, ForecastModelConfig
from lmkit.forecasting.series import Series

SHAPE = ForecastModelConfig(columns=2, waves=2, hidden=4, layers=2, head="quantile")
VALUES = np.random.default_rng(0).normal(size=(5, 2))
DATES = tuple(f"0{day}/02/2010" for day in range(1, 6))
GROWN = Series("grown", ("a", "größe"), VALUES, DATES, "dmy", ("a notice",))


@pytest.fixture
def model() -> ForecastModel:
    return ForecastModel(SHAPE, torch.Generator().manual_seed(1)).eval()


@pytest.fixture
def folder(tmp_path, model):
    save_forecaster(tmp_path / "saved", model, GROWN, {"scaling": {"log": True}})
    return tmp_path / "saved"


def rewritten(folder, **changes) -> None:
    """Change facts of a folder, and sign it again."""
    facts = json.loads((folder / CONFIG).read_text(encoding="utf-8")) | changes
    (folder / CONFIG).write_text(json.dumps(facts), encoding="utf-8")
    sign(folder)


def sign(folder):
    """Write the checksums of the files as they are now into the manifest."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["files"] = {name: sha256(folder / name) for name in manifest["files"]}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def test_weights_series_and_facts_come_back(folder, model):
    loaded, series, facts = load_forecaster(folder)
    assert loaded.config == SHAPE
    assert not loaded.training
    weights = model.state_dict()
    assert all(torch.equal(loaded.state_dict()[name], weights[name]) for name in weights)
    assert (series.name, series.columns, series.dates) == ("grown", ("a", "größe"), DATES)
    assert np.array_equal(series.values, VALUES)
    assert facts["scaling"] == {"log": True}


def test_the_order_of_day_and_month_comes_back(folder):
    _, series, _ = load_forecaster(folder)
    assert series.date_order == "dmy"
    assert series.dates_ahead(1) == ("06/02/2010",)


def test_a_folder_without_an_order_is_read(folder):
    described = json.loads((folder / CONFIG).read_text(encoding="utf-8"))["series"]
    del described["date_order"]
    rewritten(folder, series=described)
    assert load_forecaster(folder)[1].date_order == "auto"


def test_the_folder_holds_safe_files_alone(folder):
    assert {path.name for path in folder.iterdir()} == {WEIGHTS, SERIES, CONFIG, "manifest.json"}
    facts = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    assert (facts["kind"], facts["format_version"]) == ("forecaster", FORMAT_VERSION)


def test_a_folder_is_replaced_as_a_whole(folder, model):
    save_forecaster(folder, model, replace(GROWN, name="later"), {})
    _, series, facts = load_forecaster(folder)
    assert series.name == "later"
    assert "scaling" not in facts


def test_values_keep_every_bit(tmp_path, model):
    odd = np.array([[0.1, 1e300], [-5e-324, 1 / 3], [1e-300, 2.0**53 + 2]])
    save_forecaster(tmp_path / "odd", model, Series("odd", ("a", "b"), odd), {})
    assert load_forecaster(tmp_path / "odd")[1].values.tobytes() == odd.tobytes()


def test_nothing_is_no_forecaster(tmp_path):
    with pytest.raises(ModelError, match="no forecaster at"):
        load_forecaster(tmp_path / "nowhere")
    (tmp_path / CONFIG).write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="is not a forecaster of lmkit"):
        load_forecaster(tmp_path)


@pytest.mark.parametrize("name", [WEIGHTS, SERIES, CONFIG])
def test_every_byte_is_checked(folder, name):
    path = folder / name
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ModelError):
        load_forecaster(folder)


@pytest.mark.parametrize("name", [WEIGHTS, SERIES])
def test_a_missing_file_is_refused(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError):
        load_forecaster(folder)


def test_a_newer_format_is_refused_with_advice(folder):
    rewritten(folder, format_version=FORMAT_VERSION + 1)
    with pytest.raises(ModelError, match="install a newer lmkit"):
        load_forecaster(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "language model"},
        {"format_version": "1"},
        {"architecture": {"hidden": "many"}},
        {"architecture": {"hidden": 0}},
        {"architecture": {"hidden": 10**9}},
        {"architecture": {"cell": "none"}},
        {"architecture": {"hidden": 5}},
        {"architecture": None},
        {"series": {"name": "x", "columns": ["a"], "dates": []}},
        {"series": {"name": "x", "columns": ["a", "b"], "dates": ["2010"]}},
        {"series": {"name": "x", "columns": ["a", "b"], "dates": [], "date_order": "myd"}},
        {"series": {}},
        {"series": None},
    ],
)
def test_facts_that_fit_no_forecaster_are_refused(folder, changes):
    rewritten(folder, **changes)
    with pytest.raises(ModelError):
        load_forecaster(folder)
