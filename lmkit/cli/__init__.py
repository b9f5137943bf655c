"""The command line. Only here is typer used."""
