"""The model folder: manifest, card, and models built from what a folder holds."""
