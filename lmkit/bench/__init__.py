"""Benchmarks of this machine: training and asking, beside its own matrix product."""
