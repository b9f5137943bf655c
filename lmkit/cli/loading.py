"""The loading of torch, which is most of the time that a command takes to start."""

import gc
import sys

from lmkit.cli.interrupt import interrupts_end_at_once


def load_torch() -> None:
    """Import torch, once, without looking for garbage meanwhile.

    The import makes more than a hundred thousand objects that stay. Python's collector would go
    through all of them several times while they are made, and again while the rest is loaded:
    a quarter of the time to start. Afterwards they are put where it does not look.
    """
    if "torch" in sys.modules:
        return
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        with interrupts_end_at_once():
            import torch  # noqa: F401

        gc.freeze()
    finally:
        if was_enabled:
            gc.enable()
