"""Files to ids to batches, and the series of numbers."""
