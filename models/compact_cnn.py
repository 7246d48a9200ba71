"""A compact convolutional classifier's body for pictures of any side from 8 pixels."""

from torch import Tensor, nn

GRID = 4  # side of the pooled map


class CompactCNN(nn.Module):
    """Four convolutions with batch norm, a pooled 4 x 4 grid and one dense layer.

    images (B, channels, side, side) in [0, 1] give features (B, outputs). From 16 pixels on the
    first convolution halves the side, which leaves 28 x 28 pictures 3 million multiplications:
    two CPU cores train it on thousands of pictures a second.
    """

    def __init__(self, channels: int, side: int, *, width: int = 32, outputs: int = 128) -> None:
        """`side` in pixels; `width` the channels of the first stage, doubled in the second."""
        super().__init__()
        self.outputs = outputs
        self.layers = nn.Sequential(
            *_step(channels, width, kernel=5, stride=2 if side >= 16 else 1),
            *_step(width, width, kernel=3, stride=1),
            *_step(width, 2 * width, kernel=3, stride=2),
            *_step(2 * width, 2 * width, kernel=3, stride=1),
            nn.AdaptiveAvgPool2d(GRID),
            nn.Flatten(),
            nn.Linear(2 * width * GRID * GRID, outputs, bias=False),
            nn.BatchNorm1d(outputs),
            nn.ReLU(),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Features (B, outputs) of images (B, channels, side, side)."""
        return self.layers(images)


def _step(inputs: int, outputs: int, *, kernel: int, stride: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
