"""Optimisers: AdamW by rows, Muon, and the grouping of parameters among them."""
