"""Figures of speed and memory; ``make bench`` and its kin run them."""
