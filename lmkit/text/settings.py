"""Settings of a tokenizer as they are typed: "KEY=VALUE"."""

import tomllib
from collections.abc import Iterable
from dataclasses import fields

from pydantic import TypeAdapter, ValidationError

from lmkit.core.errors import UsageError, unknown_name
from lmkit.text.units import TokenizerConfig


def read_settings(settings: Iterable[str]) -> TokenizerConfig:
    """Return the settings of a tokenizer.

    Args:
        settings: "KEY=VALUE" or "text.KEY=VALUE" each; a value is read as TOML, or as plain text.

    Raises:
        UsageError: If a key is unknown, or its value of another kind.
    """
    known = [field.name for field in fields(TokenizerConfig)]
    values: dict[str, object] = {}
    for setting in settings:
        key, equals, value = (part.strip() for part in setting.partition("="))
        key = key.removeprefix("text.")
        if not equals:
            raise UsageError(f"cannot set {setting!r}; write KEY=VALUE, e.g. vocab_size=8000")
        if key not in known:
            raise unknown_name("setting of the text", key, known)
        values[key] = _value(value)
    try:
        return TypeAdapter(TokenizerConfig).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise UsageError(f"{key}: {first['msg'].lower()}, got {first['input']!r}") from None


def _value(text: str) -> object:
    try:
        value: object = tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        return text
    return value
