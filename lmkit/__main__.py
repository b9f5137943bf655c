"""`python -m lmkit` and the `lmkit` command."""


def main() -> None:
    """Run the command line."""
    from lmkit.cli.app import run

    run()


if __name__ == "__main__":
    main()
