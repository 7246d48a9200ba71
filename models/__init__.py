"""Networks as plain `nn.Module`s, which know nothing of methods, training or projects."""

from models.deep import DeepDecoder, DeepEncoder
from models.shallow import ShallowDecoder, ShallowEncoder

__all__ = ["DeepDecoder", "DeepEncoder", "ShallowDecoder", "ShallowEncoder"]
