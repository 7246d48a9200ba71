"""Networks as plain `nn.Module`s, which know nothing of methods, training or projects."""

from models.backbones import AlexNet, Backbone, ResNet, SmallBackbone, Sobel
from models.compact_cnn import CompactCNN
from models.deep import DeepDecoder, DeepEncoder
from models.shallow import ShallowDecoder, ShallowEncoder
from models.symmetric import SymmetricDecoder, SymmetricEncoder

__all__ = [
    "AlexNet",
    "Backbone",
    "CompactCNN",
    "DeepDecoder",
    "DeepEncoder",
    "ResNet",
    "ShallowDecoder",
    "ShallowEncoder",
    "SmallBackbone",
    "Sobel",
    "SymmetricDecoder",
    "SymmetricEncoder",
]
