"""The first two convolutions of AlexNet, with batch norms and a classifier to train them with.

Layers, kernels and channels of the stem are those of torchvision's `alexnet().features[:5]`. While
it is trained each convolution has a batch norm behind it, without which a few epochs teach little;
`stem` puts the norms into the convolutions.
"""

import copy

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

SMALLEST = 30  # smallest side in pixels of which the last pooling leaves a position


class StemClassifier(nn.Module):
    """The stem, one more convolution, the mean over positions, a dense layer."""

    def __init__(self, classes: int, width: int = 256) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 64, 11, stride=4, padding=2, bias=False)
        self.first_norm = nn.BatchNorm2d(64)
        self.second = nn.Conv2d(64, 192, 5, padding=2, bias=False)
        self.second_norm = nn.BatchNorm2d(192)
        self.pool = nn.MaxPool2d(3, stride=2)
        self.top = nn.Sequential(
            nn.Conv2d(192, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.head = nn.Linear(width, classes)

    def forward(self, images: Tensor) -> Tensor:
        first = self.pool(self.first_norm(self.first(images)).relu())
        second = self.pool(self.second_norm(self.second(first)).relu())
        logits: Tensor = self.head(self.top(second).mean((2, 3)))
        return logits

    def stem(self) -> nn.Sequential:
        """What it learnt, in evaluation mode: convolution, ReLU, max pooling, convolution, ReLU."""
        learnt = copy.deepcopy(self).eval()
        return nn.Sequential(
            fuse_conv_bn_eval(learnt.first, learnt.first_norm),
            nn.ReLU(),
            learnt.pool,
            fuse_conv_bn_eval(learnt.second, learnt.second_norm),
            nn.ReLU(),
        )
