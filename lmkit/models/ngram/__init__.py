"""The n-gram model: counts, modified Kneser-Ney smoothing, files."""
