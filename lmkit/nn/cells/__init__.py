"""Recurrent cells: one file and one line here each.

A cell writes `start` and `step`; the contract tests in `tests/contracts/` run over every line.
"""

from lmkit.core.registry import Registry
from lmkit.nn.cells.cell import Cell

CELLS: Registry[type[Cell]] = Registry(
    "cell",
    {
        "lstm": "lmkit.nn.cells.lstm:LSTMCell",
    },
)
