"""Whole models that predict what comes next, and the folder they live in."""
