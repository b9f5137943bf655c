"""Words to ids and back. Knows no tensors."""
