"""Settings of a training run: the configs of its parts, read from presets, TOML and options.

What is said later wins: defaults, the preset, the file, `--set`, then explicit options.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib import resources
from pathlib import Path
from typing import TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError

from lmkit.core.errors import UnknownNameError, UsageError, unknown_name
from lmkit.core.json import Json
from lmkit.models.recurrent.recurrent_lm import RecurrentLMConfig
from lmkit.nn.cells import CELLS
from lmkit.nn.heads import HEADS
from lmkit.text.tokenizer import TokenizerConfig
from lmkit.training.averaging import AVERAGERS
from lmkit.training.config import TrainingConfig
from lmkit.training.optimizers.build import OPTIMIZERS
from lmkit.training.schedules import SCHEDULES

T = TypeVar("T")
Table: TypeAlias = dict[str, dict[str, Json]]  # settings by section and key

RENAMED = {
    "dropout_passes": "dropout_epochs",
    "exact_share": "exact_fraction",
    "validation_share": "validation_fraction",
}
WORD_VECTORS = ("random", "counts")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataConfig:
    """Settings of batches and of the n-gram."""

    shift_epochs: bool = True  # cut each epoch's windows and streams at other places
    word_vectors: str = "random"  # "random", or "counts" of neighbours: where vectors start
    ngram: bool = True  # count an n-gram along
    ngram_order: int = 5  # words in its longest n-gram

    def __post_init__(self) -> None:
        """Refuse a start of the word vectors that is not known."""
        if self.word_vectors not in WORD_VECTORS:
            raise unknown_name("start of word vectors", self.word_vectors, WORD_VECTORS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """All settings of a training run. `model.vocab_size` follows from the text."""

    text: TokenizerConfig = field(default_factory=TokenizerConfig)
    model: RecurrentLMConfig = field(default_factory=lambda: RecurrentLMConfig(vocab_size=1))
    training: TrainingConfig = field(default_factory=TrainingConfig)
    data: DataConfig = field(default_factory=DataConfig)

    def to_table(self) -> Table:
        """Return the settings by section and key, without the size of the vocabulary."""
        table: Table = asdict(self)
        del table["model"]["vocab_size"]
        return table

    @classmethod
    def from_table(cls, table: Mapping[str, Mapping[str, Json]]) -> "RunConfig":
        """Check and convert settings; what is left out keeps its default.

        Raises:
            UsageError: If a name is unknown or a value is of another type.
        """
        for section, values in table.items():
            known = _setting_names()
            if section not in known:
                raise unknown_name("section of settings", section, known)
            if not isinstance(values, Mapping):
                raise UsageError(f"{section} is a section of settings, not a value: [{section}]")
            for key in values:
                _refuse_renamed(key)
                if key not in known[section]:
                    raise unknown_name(f"setting in [{section}]", key, known[section])
        return cls(
            text=_checked(TokenizerConfig, "text", table),
            model=replace(_checked(RecurrentLMConfig, "model", table), vocab_size=1),
            training=_checked(TrainingConfig, "training", table),
            data=_checked(DataConfig, "data", table),
        )


def overrides(
    *,
    file: Path | None = None,
    settings: Iterable[str] = (),
    options: Mapping[str, Json] | None = None,
) -> Table:
    """Merge what was given beside a preset, later ones over earlier ones.

    Args:
        file: A TOML file with sections like a preset.
        settings: "KEY=VALUE" or "section.KEY=VALUE".
        options: Values given as options of their own, by key; None: not given.

    Returns:
        Settings by section and key.

    Raises:
        UsageError: If a file or value is malformed, or a name unknown.
    """
    table: Table = {}
    _merge(table, read_toml(file) if file is not None else {})
    for setting in settings:
        section, key, value = parse_setting(setting)
        _put(table, section, key, value)
    for key, value in (options or {}).items():
        if value is not None:
            _put(table, _section_of(key), key, value)
    return table


def build_config(*tables: Table) -> RunConfig:
    """Build the settings of a run from tables, later ones over earlier ones.

    Raises:
        UsageError: If a name is unknown or a value is of another type.
    """
    merged: Table = {}
    for table in tables:
        _merge(merged, table)
    config = RunConfig.from_table(merged)
    _check_names(config)
    return config


def preset_names() -> tuple[str, ...]:
    """Return the names of the presets."""
    files = resources.files("lmkit.presets").iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


def read_preset(name: str) -> Table:
    """Return the settings of a preset by section and key."""
    if name not in preset_names():
        raise unknown_name("preset", name, preset_names())
    return tomllib.loads((resources.files("lmkit.presets") / f"{name}.toml").read_text("utf-8"))


def read_toml(path: Path) -> Table:
    """Read a file of settings.

    Raises:
        UsageError: If it is missing or no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the settings in {path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"the settings in {path} are not TOML: {error}") from None


def parse_setting(text: str) -> tuple[str, str, object]:
    """Parse "KEY=VALUE" or "section.KEY=VALUE".

    Args:
        text: The value is read as TOML, or else as plain text.

    Returns:
        Section, key and value.

    Raises:
        UsageError: If there is no "=", or the key is unknown or stands in several sections.
    """
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name:
        raise UsageError(f"cannot set {text!r}; write KEY=VALUE, e.g. hidden=128")
    section, dot, key = name.rpartition(".")
    if section.rpartition(".")[2] == _OPTIONS:  # cell_options.rounds=2
        return "model", _OPTIONS, {key: _value(value)}
    if not dot:
        section = _section_of(key)
    return section, key, _value(value)


def _value(text: str) -> object:
    """Return a value read as TOML, or else as plain text."""
    try:
        value: object = tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        return text
    return value


def _section_of(key: str) -> str:
    _refuse_renamed(key)
    sections = [section for section, keys in _setting_names().items() if key in keys]
    if not sections:
        raise unknown_name(
            "setting", key, {key for keys in _setting_names().values() for key in keys}
        )
    if len(sections) > 1:
        choices = ", ".join(f"{section}.{key}" for section in sections)
        raise UsageError(f"the name {key!r} is ambiguous; write one of {choices}")
    return sections[0]


def _setting_names() -> dict[str, list[str]]:
    """Return the names of all settings, by section."""
    parts = {
        "text": TokenizerConfig,
        "model": RecurrentLMConfig,
        "training": TrainingConfig,
        "data": DataConfig,
    }
    known = {section: [f.name for f in fields(kind)] for section, kind in parts.items()}
    known["model"].remove("vocab_size")
    return known


def _merge(table: Table, other: Mapping[str, Json]) -> None:
    for section, values in other.items():
        if isinstance(values, Mapping):
            for key, value in values.items():
                _put(table, section, key, value)
        else:  # `hidden = 128` without a section reads like --set
            _put(table, _section_of(section), section, values)


def _put(table: Table, section: str, key: str, value: object) -> None:
    """Set a value; one budget takes the place of the other."""
    values = table.setdefault(section, {})
    if section == "training" and key in _BUDGETS and value:
        values.pop(_BUDGETS[key], None)
    if key == _OPTIONS and isinstance(value, Mapping):
        value = {**values.get(key, {}), **value}
    values[key] = value


_OPTIONS = "cell_options"  # the settings of a cell's own


def _refuse_renamed(key: str) -> None:
    """Name the setting that a former name stands for."""
    if key in RENAMED:
        raise UnknownNameError(f"the setting {key!r} is called {RENAMED[key]!r} now")


_BUDGETS = {"minutes": "epochs", "epochs": "minutes"}


def _checked(kind: type[T], section: str, table: Mapping[str, Mapping[str, Json]]) -> T:
    """Build the config of a section from plain values."""
    values = dict(table.get(section, {}))
    if section == "model":
        values["vocab_size"] = 1
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        given = first.get("input")
        raise UsageError(
            f"the setting {section}.{key} cannot be {given!r}: {first['msg'].lower()}"
        ) from None


def _check_names(config: RunConfig) -> None:
    """Resolve every name now, so that a mistyped one is refused before anything is read."""
    CELLS.get(config.model.cell)
    if config.model.head != "auto":
        HEADS.get(config.model.head)
    OPTIMIZERS.get(config.training.optimizer)
    SCHEDULES.get(config.training.schedule)
    AVERAGERS.get(config.training.averaging)
