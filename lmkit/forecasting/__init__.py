"""Forecasting: a series of numbers read by the same cells, from file to back-test."""
