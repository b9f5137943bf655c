"""Foundations that every layer may use: errors, registries, files, seeds, devices."""
