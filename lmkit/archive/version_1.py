"""Upgrade of config.json from format version 1, which knew one kind of model and no stack.

Version 1 kept training's dropouts and the settings of every cell in the architecture, ignored keys
that it did not know, and stored fitted settings under `companions`, with names of its own. Folders
stay as they are on disk; what they say is upgraded when it is read.
"""

from collections.abc import Collection

from lmkit.core.errors import ModelError
from lmkit.core.json import Json, JsonObject
from lmkit.nn.heads.head import LARGE_VOCABULARY

VERSION = 1
REGULARISATION = (
    "dropout_embedding",
    "dropout_between",
    "dropout_output",
    "dropout_words",
    "dropout_weights",
    "activation_penalty",
    "slowness_penalty",
)
# Settings of one cell alone, which stood in every architecture: the cell, and the name it has now.
_CELL_OPTIONS = {
    "mogrifier_rounds": ("mogrifier", "rounds"),
    "projected_size": ("projected", "size"),
}
_CACHE = {"window": "window", "weight": "weight", "flatness": "theta", "fade": "decay"}
_DYNAMIC = ("segment", "rate", "decay", "floor")
_NGRAM = {"weight": "", "with_cache": "cache", "with_dynamic": "dynamic"}
NGRAM_FILE, GRADIENTS_FILE = "ngram.safetensors", "gradients.safetensors"


def upgrade(facts: JsonObject, files: Collection[str]) -> JsonObject:
    """Return the facts of version 1 as those of version 2.

    Args:
        facts: config.json.
        files: Names of the files of the model.

    Returns:
        The same facts with `kind`, an architecture of shape alone, `stack` and `backward_weight`;
        `format_version` stays that of the folder.

    Raises:
        ModelError: If a part is of another kind than version 1 wrote.
    """
    for name in ("architecture", "companions"):
        if not isinstance(facts.get(name, {}), dict):
            raise ModelError(f"config.json: {name} is no set of facts; the folder is damaged")
    fitted = facts.get("companions", {})
    kept = {key: value for key, value in facts.items() if key != "companions"}
    return {
        **kept,
        "kind": "recurrent",
        "architecture": _shape(facts.get("architecture", {})),
        "stack": _stack(fitted, files),
        "backward_weight": _part(fitted, "backward").get("weight"),
    }


def _shape(architecture: JsonObject) -> JsonObject:
    """Leave training's settings out; a large vocabulary whose head was left open had bands."""
    moved = (*REGULARISATION, *_CELL_OPTIONS)
    shape = {key: value for key, value in architecture.items() if key not in moved}
    options = {
        name: architecture[key]
        for key, (cell, name) in _CELL_OPTIONS.items()
        if key in architecture and architecture.get("cell") == cell
    }
    if options:
        shape["cell_options"] = options
    size = shape.get("vocab_size")
    if shape.get("head") == "auto" and isinstance(size, int) and size > LARGE_VOCABULARY:
        shape["head"] = "adaptive"
    return shape


def _stack(fitted: JsonObject, files: Collection[str]) -> list[JsonObject]:
    stack = []
    dynamic, cache = _part(fitted, "dynamic"), _part(fitted, "cache")
    if dynamic or GRADIENTS_FILE in files:
        known = {key: value for key, value in dynamic.items() if key in _DYNAMIC}
        stack.append({"name": "dynamic", **known})
    if cache:
        known = {_CACHE[key]: value for key, value in cache.items() if key in _CACHE}
        stack.append({"name": "cache", **known})
    if NGRAM_FILE in files:
        ngram = _part(fitted, "ngram")
        weights = {_NGRAM[key]: _weights(value) for key, value in ngram.items() if key in _NGRAM}
        stack.append({"name": "ngram", "weights": weights})
    return stack


def _part(fitted: JsonObject, name: str) -> JsonObject:
    part = fitted.get(name) or {}
    if not isinstance(part, dict):
        raise ModelError(f"config.json: companions: {name} is no set of settings")
    return part


def _weights(value: Json) -> Json:
    """Return the weights of the orders; version 1 wrote a single number for all of them too."""
    return value if isinstance(value, list) else [value]
