"""How close rebuilt images come to the true ones."""

import numpy as np

WHITE = 255.0


def psnr(images: np.ndarray, rebuilt: np.ndarray) -> float:
    """Mean peak signal-to-noise ratio in dB of rebuilt images (N, H, W, C) uint8.

    PSNR = 10 log10(255^2 / MSE) of each image, then the mean, as symmetric-dae.txt reports it.
    An image that is rebuilt exactly has no finite ratio: its MSE is taken as that of one grey
    level in one number. Raises ValueError for shapes that differ.
    """
    if images.shape != rebuilt.shape or images.ndim != 4 or not len(images):
        raise ValueError(
            f"images and rebuilt must be two arrays (N, H, W, C), got {images.shape} and "
            f"{rebuilt.shape}"
        )
    error = (images.astype(np.float64) - rebuilt.astype(np.float64)) ** 2
    smallest = 1 / np.prod(images.shape[1:])
    mse = np.maximum(error.reshape(len(images), -1).mean(1), smallest)
    return float((10 * np.log10(WHITE**2 / mse)).mean())
