"""Export formats: one file each. A new one subclasses `ExportFormat` and uses `@register`."""

from labeller.exports.registry import ExportFormat, register

__all__ = ["ExportFormat", "register"]
