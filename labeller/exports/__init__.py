"""Export formats: one file each. A new one subclasses `ExportFormat` and uses `@register`."""

from labeller.exports.base import ExportFormat
from labeller.exports.registry import register

__all__ = ["ExportFormat", "register"]
