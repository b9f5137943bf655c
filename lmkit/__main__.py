"""`python -m lmkit` and the `lmkit` command."""

import os

# How often a waiting OpenMP thread looks before it sleeps. The default of libgomp is far higher:
# where another program wants a core too, training then ran ten times slower (docs/benchmarks.md).
# It is read when torch is loaded, so it must stand here, and it is only a
# default: what the user has set stays.
SPINS = "4000"


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    from lmkit.cli.app import run

    run()


if __name__ == "__main__":
    main()
