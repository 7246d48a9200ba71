"""Export formats: one file each.

A new one subclasses `ExportFormat`, or `FolderFormat` where images belong to it, and uses
`@register`.
"""

from labeller.exports.registry import ExportFormat, FolderFormat, register

__all__ = ["ExportFormat", "FolderFormat", "register"]
