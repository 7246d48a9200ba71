"""Features of pictures as a poor encoder gives them: what a method may read in place of images."""

import numpy as np
import torch
from torch.nn import functional as F

from labeller.methods.base import ImageShape

GRID = 4  # a picture is averaged to so many squares a side
PER_CHANNEL = GRID * GRID


def shape_for(cls, size):
    """The `ImageShape` of pictures of `size` (C,H,W) for a class of methods."""
    return ImageShape(*size, features=size[0] * PER_CHANNEL if cls.reads == "features" else 0)


def features_of(images):
    """(N,F) float32 of images (N,C,H,W) in [0,1]; float16, as kept, of uint8 (N,H,W,C)."""
    if isinstance(images, np.ndarray):
        pixels = torch.from_numpy(images).permute(0, 3, 1, 2) / 255
        return features_of(pixels).numpy().astype(np.float16)
    return F.adaptive_avg_pool2d(images, GRID).flatten(1)


def read_by(method, images):
    """What a method reads of images: the images, or their features."""
    return features_of(images) if method.reads == "features" else images
