"""From a source (a folder, a zip, an archive, a known set) to the image store of a project.

Here is how an image that is not square becomes one, without any import, for the command line:
`letterbox` keeps the whole image and pads it, `crop` keeps only the middle.
"""

from typing import Literal, get_args

Fit = Literal["letterbox", "crop"]
FITS: tuple[Fit, ...] = get_args(Fit)


def check_fit(fit: str) -> None:
    """Raises ValueError unless `fit` is one of FITS."""
    if fit not in FITS:
        raise ValueError(f"fit must be {' or '.join(FITS)}, got {fit!r}")


def fitted(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height in pixels, in the same proportion, whose longer one is `side`."""
    scale = side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))
