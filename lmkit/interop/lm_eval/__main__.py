"""The command of the harness with lmkit's model registered: `python -m lmkit.interop.lm_eval run`.

Everything after the module's name is the harness's own, as after `lm_eval`.
"""

import importlib
import sys
from collections.abc import Callable

from lmkit.core.errors import LmkitError, MissingExtraError

MODEL = "lmkit.interop.lm_eval.model"


def main() -> int:
    """Register the model and run the harness's command.

    Returns:
        The exit code: 0, or that of the error, which is said in one sentence.
    """
    try:
        _load_harness()()
    except LmkitError as error:
        sys.stderr.write(f"lmkit: {error}\n")
        return error.exit_code
    return 0


def _load_harness() -> Callable[[], None]:
    try:
        command = importlib.import_module("lm_eval.__main__")
        importlib.import_module(MODEL)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "lm_eval":
            raise
        raise MissingExtraError(
            "the evaluation harness is not installed; "
            "`pip install lm_eval`, or `scripts/install clients` in a checkout"
        ) from error
    found: Callable[[], None] = command.cli_evaluate
    return found


if __name__ == "__main__":
    sys.exit(main())
