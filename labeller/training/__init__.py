"""Training: one loop for all methods, its batches and its checkpoints."""

from labeller.training.checkpoints import load_method, save_method
from labeller.training.start import train

__all__ = ["load_method", "save_method", "train"]
