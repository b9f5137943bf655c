"""Experiments that show how recurrent networks work; numbers only, no pictures."""
