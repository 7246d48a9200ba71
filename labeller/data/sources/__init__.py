"""Sources of images: one file each. A new one subclasses `NamedSource` or `PathSource` and uses
`@register`.
"""

from labeller.data.sources.registry import NamedSource, PathSource, register

__all__ = ["NamedSource", "PathSource", "register"]
