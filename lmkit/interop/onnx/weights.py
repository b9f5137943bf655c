"""The file of weights that the graphs of a network share."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
import onnx
from onnx import TensorProto

from lmkit.interop.onnx.cells import Array

_ALIGNED = 4096  # bytes: weights that begin a page can be mapped in place of being copied


class WeightsFile:
    """A file of float32 arrays, written one after the other; graphs refer to them by name."""

    def __init__(self, file: BinaryIO) -> None:
        """Begin with nothing written.

        Args:
            file: An empty file, opened by its path; graphs name it by the last part of that and
                lie beside it.
        """
        self._file = file
        self._tensors: dict[str, TensorProto] = {}

    def tensor(self, name: str, array: Array) -> TensorProto:
        """Return what a graph says of a weight; the first time its numbers are written.

        Args:
            name: Name of the weight.
            array: Its numbers, of any shape.
        """
        if name not in self._tensors:
            self._tensors[name] = self._written(name, array)
        return self._tensors[name]

    def _written(self, name: str, array: Array) -> TensorProto:
        self._file.write(bytes(-self._file.tell() % _ALIGNED))
        content = np.ascontiguousarray(array, dtype="<f4").tobytes()
        facts = {
            "location": Path(self._file.name).name,
            "offset": str(self._file.tell()),
            "length": str(len(content)),
        }
        self._file.write(content)
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=array.shape)
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in facts.items():
            tensor.external_data.append(onnx.StringStringEntryProto(key=key, value=value))
        return tensor
