"""The folder of a model that was named: a path, or the name of a bundled model."""

from importlib import resources
from pathlib import Path

PACKAGE, SHELF = "lmkit.data", ("bundled", "models")


def bundled_models(shelf: Path | None = None) -> tuple[str, ...]:
    """Return the names of the models that come with lmkit.

    Args:
        shelf: Folder that they stand in; that of the package where left out.
    """
    place = shelf or _shelf()
    return tuple(sorted(entry.name for entry in place.iterdir())) if place.is_dir() else ()


def is_bundled(name: str | Path, shelf: Path | None = None) -> bool:
    """Tell whether a name stands for a bundled model: no folder of that name may be in its way.

    Args:
        name: A path or a name.
        shelf: As in `bundled_models`.
    """
    return not Path(name).exists() and str(name) in bundled_models(shelf)


def locate_model(name: str | Path, shelf: Path | None = None) -> Path:
    """Return the folder of a model.

    Args:
        name: A path, or the name of a bundled model; a folder wins over a bundled name.
        shelf: As in `bundled_models`.

    Returns:
        The folder; a path of which nothing is there comes back as it is.
    """
    return (shelf or _shelf()) / name if is_bundled(name, shelf) else Path(name)


def _shelf() -> Path:
    return Path(str(resources.files(PACKAGE).joinpath(*SHELF)))
