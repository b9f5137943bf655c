"""The contract of an adapter: a layer over a model that uses the text being read.

An adapter is one file with one registry line in `models/adapters/__init__.py`: a config, the model
it wraps another in, the fitting of the config on held-out text, and a file of its own where numbers
alone do not suffice. A model folder keeps an ordered stack of them.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from lmkit.models.base import Model

C = TypeVar("C")  # the config, a frozen dataclass of plain values
A = TypeVar("A")  # the asset: what the adapter keeps in a file; None for adapters without one


@dataclass(frozen=True, slots=True)
class FitText:
    """Held-out text that adapters are fitted on.

    Attributes:
        ids: A stream of lines, shape (ids,); never part of the training text.
        line_end_id: Id of the line end.
    """

    ids: NDArray[np.integer]
    line_end_id: int


@dataclass(frozen=True, slots=True)
class Beneath:
    """A model that an adapter may be laid on.

    Attributes:
        names: Adapters in that model, lowest first; empty for the network alone.
        model: The model.
    """

    names: tuple[str, ...]
    model: Model


class Adapter(ABC, Generic[C, A]):
    """A way to adapt a model to the text it reads.

    Attributes:
        name: Name in `ADAPTERS` and in model folders.
        config_type: Class of the config.
        file: Name of the file of the asset; None where there is none.
        needs_asset: True if nothing can be fitted where the asset is not there.
        is_opt_in: Whether it is used only where it is named, since it costs time.
        time: Its part of the time for fitting, in proportion to that of the others.
    """

    name: ClassVar[str]
    config_type: type[C]
    file: ClassVar[str | None] = None
    needs_asset: ClassVar[bool] = False
    is_opt_in: ClassVar[bool] = False
    time: ClassVar[float] = 1.0

    @abstractmethod
    def wrap(self, beneath: Beneath, config: C, asset: A | None) -> Model:
        """Return a model that adapts the one beneath, which is never changed.

        Args:
            beneath: The model beneath, and the adapters in it.
            config: The fitted settings, or the defaults where none were fitted.
            asset: What the file holds; None where the folder has none.

        Raises:
            UsageError: If that model cannot be adapted so.
        """

    @abstractmethod
    def fit(
        self,
        models: Sequence[Beneath],
        text: FitText,
        *,
        asset: A | None,
        seconds: float = math.inf,
    ) -> C | None:
        """Choose the settings under which a text is most probable.

        Args:
            models: Models it may be laid on: first the network alone, then the network with each
                adapter that stands lower in the stack and was fitted.
            text: The text.
            asset: What the file will hold.
            seconds: About how long it may take.

        Returns:
            The settings; None where it needs an asset that is not there, or more time.
        """

    def is_fitted(self, config: C) -> bool:  # noqa: ARG002  # for adapters that are kept unfitted
        """Tell whether a stored config came from fitting, so that it is used by default."""
        return True

    def load(self, path: Path, network: Model) -> A:
        """Read the asset.

        Args:
            path: The file.
            network: The model it belongs to.

        Raises:
            ModelError: If it is damaged or of another model.
        """
        raise NotImplementedError(f"{self.name} keeps no file")

    def save(self, asset: A, path: Path) -> None:
        """Write the asset to a file."""
        raise NotImplementedError(f"{self.name} keeps no file")
