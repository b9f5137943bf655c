"""The ordered stack of adapters of a model: what was fitted, and the model that comes of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from lmkit.core.errors import LmkitError, ModelError, unknown_name
from lmkit.core.json import Json, JsonObject
from lmkit.models.adapters import ADAPTERS
from lmkit.models.adapters.adapter import Adapter, Beneath
from lmkit.models.base import Model


@dataclass(frozen=True, slots=True)
class StackEntry:
    """One adapter of a stack.

    Attributes:
        name: A name in `ADAPTERS`.
        config: Its settings, of the adapter's own config class.
        asset: What it keeps in a file: the thing itself, or the path of a file that is yet to be
            copied into the folder; None where there is none.
    """

    name: str
    config: object
    asset: object | Path | None = None

    def to_dict(self) -> JsonObject:
        """Return the entry as config.json holds it: the name, then the settings."""
        return {"name": self.name, **asdict(self.config)}  # type: ignore[call-overload]  # each config is a dataclass


Stack = tuple[StackEntry, ...]


def adapter_of(name: str) -> Adapter[object, object]:
    """Return the adapter of a name.

    Raises:
        UnknownNameError: If there is none.
    """
    return ADAPTERS.get(name)()


def fitted_names(stack: Sequence[StackEntry]) -> tuple[str, ...]:
    """Return the adapters that are used by default: those fitted, without those to be asked for."""
    found = []
    for entry in stack:
        adapter = adapter_of(entry.name)
        if adapter.is_fitted(entry.config) and not adapter.is_opt_in:
            found.append(entry.name)
    return tuple(found)


def wrap_stack(network: Model, stack: Sequence[StackEntry], names: Sequence[str]) -> Model:
    """Lay adapters on a network.

    Args:
        network: The trained model; never changed.
        stack: Settings and assets as they were fitted; an adapter without an entry has defaults.
        names: Which adapters, in any order; they are laid on in the order of `ADAPTERS`.

    Returns:
        The model with all of them.

    Raises:
        UsageError: If a name is unknown, or an adapter cannot be laid on what is beneath.
    """
    for name in names:
        if name not in ADAPTERS:
            raise unknown_name("adapter", name, ADAPTERS)
    entries = {entry.name: entry for entry in stack}
    beneath = Beneath((), network)
    for name in (known for known in ADAPTERS if known in names):
        adapter = adapter_of(name)
        entry = entries.get(name) or StackEntry(name, adapter.config_type())
        model = adapter.wrap(beneath, entry.config, entry.asset)
        beneath = Beneath((*beneath.names, name), model)
    return beneath.model


def read_entry(stored: Json) -> StackEntry:
    """Read an entry as config.json holds it, without its asset.

    Raises:
        ModelError: If the name or a setting is unknown, or a value is of another kind.
    """
    if not isinstance(stored, dict) or not isinstance(stored.get("name"), str):
        raise ModelError(f"config.json gives no adapter of the stack: {stored!r}")
    name, settings = stored["name"], {k: v for k, v in stored.items() if k != "name"}
    if name not in ADAPTERS:
        raise ModelError(f"config.json names an adapter that this lmkit does not have: {name!r}")
    kind = adapter_of(name).config_type
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    if unknown := sorted(settings.keys() - known):
        raise ModelError(f"config.json gives {name} a setting it does not have: {unknown[0]!r}")
    try:
        return StackEntry(name, TypeAdapter(kind).validate_python(settings))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ModelError(f"config.json: stack: {name}: {where}: {first['msg']}") from None
    except LmkitError as error:
        raise ModelError(f"config.json: stack: {name}: {error}") from None
