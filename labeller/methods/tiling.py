"""Between a project's images and those of the networks with a fixed input size.

"Pseudo Labelling", section 5.1: grey images are repeated to three channels, images of up to 32
pixels are enlarged to 32x32 and repeated in a 2x2 grid of 64x64. Larger ones are, here, enlarged
to the next side of 64 + 16n. An image that is not square is stretched to one.
"""

from torch import Tensor
from torch.nn import functional as F

from labeller.methods.base import ImageShape
from models.strided import SMALLEST, STEP

CHANNELS = 3


class Tiling:
    """How images of `shape` become images (B,3,side,side), and come back.

    `tile` (pixels) is the side of one copy, `copies` (1 or 2) how often it is repeated along each
    axis, `side` = tile * copies. Raises ValueError for images that are neither grey nor colour.
    """

    def __init__(self, shape: ImageShape) -> None:
        if shape.channels not in (1, CHANNELS):
            raise ValueError(
                f"images must have 1 or 3 channels for this method, got {shape.channels}"
            )
        self.shape = shape
        longest = max(shape.height, shape.width)
        self.copies = 2 if longest <= SMALLEST // 2 else 1
        steps = max(0, -((SMALLEST - longest) // STEP))
        self.tile = SMALLEST // 2 if self.copies == 2 else SMALLEST + STEP * steps
        self.side = self.tile * self.copies

    def single(self, images: Tensor) -> Tensor:
        """Images (B,C,H,W) as one colour tile each (B,3,tile,tile)."""
        return _resized(images, (self.tile, self.tile)).expand(-1, CHANNELS, -1, -1)

    def repeated(self, tiles: Tensor) -> Tensor:
        """Tiles (B,3,tile,tile) as the input of the networks (B,3,side,side)."""
        return tiles.repeat(1, 1, self.copies, self.copies)

    def grid(self, images: Tensor) -> Tensor:
        """Images (B,C,H,W) as the input of the networks (B,3,side,side)."""
        return self.repeated(self.single(images))

    def back(self, grids: Tensor) -> Tensor:
        """Outputs of the networks (B,3,side,side) as images (B,C,H,W): the mean of the copies."""
        split = grids.unflatten(2, (self.copies, self.tile)).unflatten(4, (self.copies, self.tile))
        tiles = split.mean((2, 4))
        if self.shape.channels == 1:
            tiles = tiles.mean(1, keepdim=True)
        return _resized(tiles, (self.shape.height, self.shape.width)).clamp(0, 1)


def _resized(images: Tensor, size: tuple[int, int]) -> Tensor:
    if tuple(images.shape[-2:]) == size:
        return images
    return F.interpolate(images.float(), size, mode="bilinear", antialias=True)
