"""The folder of a model that was named: a path, or the name of a bundled model."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from lmkit.archive.manifest import MANIFEST

PACKAGE, SHELF = "lmkit.data", "bundled"
CHECKOUT = Path(__file__).resolve().parents[2] / "data"  # an editable install reads it there


def bundled_models(shelves: Sequence[Path] | None = None) -> tuple[str, ...]:
    """Return the names of the models that come with lmkit.

    Args:
        shelves: Folders that they stand in; those of the package where left out.
    """
    return tuple(sorted(_folders(shelves)))


def is_bundled(name: str | Path, shelves: Sequence[Path] | None = None) -> bool:
    """Tell whether a name stands for a bundled model: no folder of that name may be in its way.

    Args:
        name: A path or a name.
        shelves: As in `bundled_models`.
    """
    return str(name) in _folders(shelves) and not Path(name).is_dir()


def is_shadowed(name: str | Path, shelves: Sequence[Path] | None = None) -> bool:
    """Tell whether a folder is taken in place of a bundled model of the same name.

    Args:
        name: A path or a name.
        shelves: As in `bundled_models`.
    """
    return str(name) in _folders(shelves) and Path(name).is_dir()


def locate_model(name: str | Path, shelves: Sequence[Path] | None = None) -> Path:
    """Return the folder of a model.

    Args:
        name: A path, or the name of a bundled model; a folder wins over a bundled name.
        shelves: As in `bundled_models`.

    Returns:
        The folder; a path of which nothing is there comes back as it is.
    """
    return _folders(shelves)[str(name)] if is_bundled(name, shelves) else Path(name)


def _folders(shelves: Sequence[Path] | None) -> dict[str, Path]:
    """Return the folders of bundled models by name; of two of one name the first."""
    places = _shelves() if shelves is None else shelves
    found = [path.parent for place in places for path in place.glob(f"*/{MANIFEST}")]
    return {folder.name: folder for folder in reversed(found)}


def _shelves() -> tuple[Path, ...]:
    return Path(str(resources.files(PACKAGE).joinpath(SHELF))), CHECKOUT
