"""Preparation of a text in parts, by several processes and machines, with bounded memory."""
