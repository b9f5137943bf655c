"""`python -m lmkit` and the `lmkit` command."""

import os
import sys

# How often a waiting OpenMP thread looks before it sleeps. The default of libgomp is far higher:
# where another program wants a core too, training then ran ten times slower (docs/benchmarks.md).
# It is read when torch is loaded, so it must stand here, and it is only a
# default: what the user has set stays.
SPINS = "4000"
INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    try:
        from lmkit.cli.interrupt import interrupts_end_at_once

        with interrupts_end_at_once():
            from lmkit.cli.app import run
    except KeyboardInterrupt:  # as a command says it, before any can be loaded
        sys.stderr.write("lmkit: interrupted\n")
        sys.exit(INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
