"""Recurrent cells by name.

A new cell is one file that writes `start` and `step`, and one line here; the contract tests in
`tests/contracts/` run over every line.
"""

from lmkit.core.registry import Registry
from lmkit.nn.cells.cell import Cell

CELLS: Registry[type[Cell]] = Registry(
    "cell",
    {
        "lstm": "lmkit.nn.cells.lstm:LSTMCell",
        "elman": "lmkit.nn.cells.elman:ElmanCell",
        "elman_relu": "lmkit.nn.cells.elman:ElmanReLUCell",
        "gru": "lmkit.nn.cells.gru:GRUCell",
        "nig": "lmkit.nn.cells.variants:NoInputGateCell",
        "nfg": "lmkit.nn.cells.variants:NoForgetGateCell",
        "nog": "lmkit.nn.cells.variants:NoOutputGateCell",
        "niaf": "lmkit.nn.cells.variants:NoInputActivationCell",
        "noaf": "lmkit.nn.cells.variants:NoOutputActivationCell",
        "cifg": "lmkit.nn.cells.variants:CoupledGatesCell",
        "peepholes": "lmkit.nn.cells.variants:PeepholesCell",
        "fgr": "lmkit.nn.cells.variants:FullGateRecurrenceCell",
        "layernorm": "lmkit.nn.cells.layernorm:LayerNormCell",
        "mogrifier": "lmkit.nn.cells.mogrifier:MogrifierCell",
        "projected": "lmkit.nn.cells.projected:ProjectedCell",
        "mingru": "lmkit.nn.cells.minimal:MinGRUCell",
        "minlstm": "lmkit.nn.cells.minimal:MinLSTMCell",
    },
)
