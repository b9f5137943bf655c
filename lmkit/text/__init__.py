"""Text to token ids and back. Knows no tensors."""
