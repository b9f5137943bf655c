"""The folder a forecaster lives in: weights, facts and the series itself, verified when read.

Layout: `model.safetensors` (weights), `series.safetensors` (the values, float64), `config.json`,
`manifest.json`. No pickle. Knows the facts only as JSON.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError

from lmkit.archive.manifest import read_json, verify_manifest, write_manifest
from lmkit.core.errors import LmkitError, ModelError
from lmkit.core.files import atomic_path
from lmkit.core.seeding import make_generator
from lmkit.forecasting.model import ForecastModel, ForecastModelConfig
from lmkit.forecasting.series import Series
from lmkit.models.weights import load_tensors, load_weights, save_tensors, weights_of

FORMAT_VERSION = 1
KIND = "forecaster"
WEIGHTS, SERIES, CONFIG = "model.safetensors", "series.safetensors", "config.json"
LARGEST = 65_536  # no layer of ours is wider

Facts = dict[str, Any]  # what config.json holds: Any, since it is JSON


def save_forecaster(folder: Path, model: ForecastModel, series: Series, facts: Facts) -> None:
    """Write a forecaster under a temporary name and rename it.

    Args:
        folder: Where; a folder already there is replaced when the new one is complete.
        model: Its weights.
        series: What it was trained on and goes on from.
        facts: Whatever else it needs, as JSON can hold it.
    """
    described = {
        **facts,
        "format_version": FORMAT_VERSION,
        "kind": KIND,
        "architecture": asdict(model.config),
        "series": {"name": series.name, "columns": series.columns, "dates": series.dates},
    }
    with atomic_path(folder) as new:
        new.mkdir()
        save_tensors(weights_of(model), new / WEIGHTS)
        save_tensors({"values": torch.from_numpy(series.values.copy())}, new / SERIES)
        text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
        (new / CONFIG).write_text(text, encoding="utf-8", newline="\n")
        write_manifest(new)


def load_forecaster(folder: Path) -> tuple[ForecastModel, Series, Facts]:
    """Read a forecaster, after checking every byte of it.

    Raises:
        ModelError: If the folder is missing, damaged, of a newer format, or no forecaster.
    """
    if not (folder / CONFIG).is_file():
        raise ModelError(f"no forecaster at {folder}; save one there first")
    facts = read_json(folder / CONFIG)
    version = facts.get("format_version")
    if facts.get("kind") != KIND or not isinstance(version, int):
        raise ModelError(f"{folder} is no forecaster of lmkit")
    if version > FORMAT_VERSION:
        raise ModelError(
            f"{folder} has format {version}, but this lmkit reads up to {FORMAT_VERSION}; "
            "install a newer lmkit"
        )
    verify_manifest(folder, required=(WEIGHTS, SERIES, CONFIG))
    try:
        model = _read_model(folder, facts)
        series = _read_series(folder, facts)
    except (ValidationError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError(f"{folder / CONFIG} describes no forecaster: {error}") from None
    return model, series, facts


def _read_model(folder: Path, facts: Facts) -> ForecastModel:
    try:
        config = TypeAdapter(ForecastModelConfig).validate_python(facts["architecture"])
        if max(config.hidden, config.layers, config.columns, config.waves) > LARGEST:
            raise ModelError(f"{folder / CONFIG} describes a model of impossible size")
        model = ForecastModel(config, make_generator(0))
    except LmkitError as error:
        raise ModelError(f"{folder / CONFIG} describes no forecaster: {error}") from None
    load_weights(model, load_tensors(folder / WEIGHTS))
    return model.eval()


def _read_series(folder: Path, facts: Facts) -> Series:
    values = load_tensors(folder / SERIES)["values"].numpy()
    described = facts["series"]
    columns, dates = tuple(described["columns"]), tuple(described["dates"])
    if values.ndim != 2 or values.shape[1] != len(columns) or len(dates) not in (0, len(values)):
        raise ModelError(f"{folder / SERIES} is not the series that {CONFIG} describes")
    return Series(str(described["name"]), columns, values, dates)
