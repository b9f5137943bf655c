"""Models around a trained model: caches, dynamic evaluation, mixtures, personal counts."""
