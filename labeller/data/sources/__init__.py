"""Sources of images: one file each. A new one subclasses `NamedSource` or `PathSource` and uses
`@register`.
"""

from labeller.data.sources.base import NamedSource, PathSource
from labeller.data.sources.registry import register

__all__ = ["NamedSource", "PathSource", "register"]
