"""Optimizers: AdamW by rows, Muon, and how parameters are grouped among them."""
