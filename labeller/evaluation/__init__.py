"""Scores: arrays in, numbers out. The one room that may read true targets."""
