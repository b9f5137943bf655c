"""Recurrent cells: one file and one line here each.

A cell writes `start` and `step`; the contract tests in `tests/contracts/` run over every line.
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
        "nig": "lmkit.nn.cells.no_input_gate:NoInputGateCell",
        "nfg": "lmkit.nn.cells.no_forget_gate:NoForgetGateCell",
        "nog": "lmkit.nn.cells.no_output_gate:NoOutputGateCell",
        "niaf": "lmkit.nn.cells.no_input_activation:NoInputActivationCell",
        "noaf": "lmkit.nn.cells.no_output_activation:NoOutputActivationCell",
        "cifg": "lmkit.nn.cells.coupled_gates:CoupledGatesCell",
        "peepholes": "lmkit.nn.cells.peepholes:PeepholesCell",
        "fgr": "lmkit.nn.cells.full_gate_recurrence:FullGateRecurrenceCell",
        "layernorm": "lmkit.nn.cells.layernorm:LayerNormCell",
        "mogrifier": "lmkit.nn.cells.mogrifier:MogrifierCell",
        "projected": "lmkit.nn.cells.projected:ProjectedCell",
        "mingru": "lmkit.nn.cells.minimal:MinGRUCell",
        "minlstm": "lmkit.nn.cells.minimal:MinLSTMCell",
    },
)
