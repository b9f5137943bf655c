"""Changes of settings between a run and the one that goes on with it."""

from dataclasses import asdict
from pathlib import Path

from lmkit.config import Table, build_config
from lmkit.core.errors import UsageError

# Of the training section: by these a checkpoint holds its place and its moments.
_FIXED = frozenset({"batch", "time", "optimizer"})


def refuse_other_settings(out: Path, began: Table, settings: Table) -> None:
    """Refuse settings by which another text would be learned, or another network.

    The length of a run, its rate and its measurements may change: they are those of the steps to
    come.

    Args:
        out: The model folder, to name in an error.
        began: All settings of the run to go on with.
        settings: What was given now.

    Raises:
        UsageError: If one of them differs.
    """
    before = asdict(build_config(began))
    after = asdict(build_config(began, settings))
    for section, values in before.items():
        for key, value in values.items():
            given = after[section][key]
            if given != value and (section != "training" or key in _FIXED):
                raise UsageError(
                    f"the run in {out} began with {key}={value}, so {key}={given} cannot change "
                    "it; leave that out, or train anew with --force"
                )
