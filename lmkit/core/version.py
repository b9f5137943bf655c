"""The version of lmkit, known also where it runs from a source tree without an install."""

__version__ = "0.1.0"
