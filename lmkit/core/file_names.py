"""Names of files as they can be written into any file and onto any terminal."""


def printable(name: str) -> str:
    r"""Return the name of a file so that UTF-8 can spell it: `\xff` for a byte that is no UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
