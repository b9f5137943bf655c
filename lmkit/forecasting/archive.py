"""The folder of a forecaster: weights, facts and the series, verified when they are read.

Layout: `model.safetensors` (weights), `series.safetensors` (the values, float64), `config.json`,
`manifest.json`. No pickle. Knows the facts only as JSON.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError

from lmkit.archive.manifest import place_of, read_json, unchanged, verify_files
from lmkit.archive.writing import write_folder
from lmkit.core.errors import LmkitError, ModelError
from lmkit.core.files import json_bytes
from lmkit.core.seeding import make_generator
from lmkit.forecasting.dates import DateOrder
from lmkit.forecasting.model import ForecastModel, ForecastModelConfig
from lmkit.forecasting.series import Series
from lmkit.models.weights import load_tensors, load_weights, save_tensors, weights_of

FORMAT_VERSION = 1
KIND = "forecaster"
WEIGHTS, SERIES, CONFIG = "model.safetensors", "series.safetensors", "config.json"
LARGEST = 65_536  # units; a larger layer is taken for damage

Facts = dict[str, Any]  # content of config.json: Any, since it is JSON


def save_forecaster(folder: Path, model: ForecastModel, series: Series, facts: Facts) -> None:
    """Write a forecaster, file by file; files in the folder that are not ours are left alone.

    Args:
        folder: Folder to write; a forecaster already there stays whole until the new one is.
        model: Model whose weights are written.
        series: Training data, which the forecast continues.
        facts: Everything else that a forecaster needs, as JSON can hold it.
    """
    described = {
        **facts,
        "format_version": FORMAT_VERSION,
        "kind": KIND,
        "architecture": asdict(model.config),
        "series": {
            "name": series.name,
            "columns": series.columns,
            "dates": series.dates,
            "date_order": series.date_order,
        },
    }
    values = {"values": torch.from_numpy(series.values.copy())}
    write_folder(
        folder,
        {
            WEIGHTS: lambda path: save_tensors(weights_of(model), path),
            SERIES: lambda path: save_tensors(values, path),
            CONFIG: lambda path: path.write_bytes(json_bytes(described)),
        },
    )


def load_forecaster(folder: Path) -> tuple[ForecastModel, Series, Facts]:
    """Read a forecaster, after checking every byte of it.

    Raises:
        ModelError: If the folder is missing, damaged, of a newer format, or no forecaster.
    """
    path = place_of(folder, CONFIG)
    if not path.is_file():
        raise ModelError(f"no forecaster at {folder}; save one there first")
    with unchanged(folder):
        return _load(folder, read_json(path))


def _load(folder: Path, facts: Facts) -> tuple[ForecastModel, Series, Facts]:
    version = facts.get("format_version")
    if facts.get("kind") != KIND or not isinstance(version, int):
        raise ModelError(f"{folder} is not a forecaster of lmkit")
    if version > FORMAT_VERSION:
        raise ModelError(
            f"{folder} has format {version}, but this lmkit reads up to {FORMAT_VERSION}; "
            "install a newer lmkit"
        )
    files = verify_files(folder, required=(WEIGHTS, SERIES, CONFIG))
    try:
        model = _read_model(files[CONFIG], files[WEIGHTS], facts)
        series = _read_series(files[SERIES], facts)
    except (ValidationError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError(f"{folder / CONFIG} describes no forecaster: {error}") from None
    return model, series, facts


def _read_model(path: Path, weights: Path, facts: Facts) -> ForecastModel:
    try:
        config = TypeAdapter(ForecastModelConfig).validate_python(facts["architecture"])
        if max(config.hidden, config.layers, config.columns, config.waves) > LARGEST:
            raise ModelError(f"{path} describes a model of impossible size")
        model = ForecastModel(config, make_generator(0))
    except LmkitError as error:
        raise ModelError(f"{path} describes no forecaster: {error}") from None
    load_weights(model, load_tensors(weights))
    return model.eval()


def _read_series(path: Path, facts: Facts) -> Series:
    values = load_tensors(path)["values"].numpy()
    described = facts["series"]
    columns, dates = tuple(described["columns"]), tuple(described["dates"])
    order = TypeAdapter(DateOrder).validate_python(described.get("date_order", "auto"))
    if values.ndim != 2 or values.shape[1] != len(columns) or len(dates) not in (0, len(values)):
        raise ModelError(f"{path} is not the series that {CONFIG} describes")
    return Series(str(described["name"]), columns, values, dates, order)
