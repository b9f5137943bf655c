"""Tensors: cells, recurrence, dropout, embeddings and output heads. Knows no text."""
