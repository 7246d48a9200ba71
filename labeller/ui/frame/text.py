"""Words of people inside Markdown."""

import re
from pathlib import Path

from labeller.records import ProjectView

_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$&@/=^])")


def escape(text: str) -> str:
    r"""The text with every sign that Markdown, LaTeX or HTML would interpret made harmless.

    Class and file names come from people and archives; in many widgets an image link in one
    would be fetched. A backslash before any ASCII punctuation shows the sign itself (CommonMark).
    """
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def sentence(text: str) -> str:
    """An error's message as a sentence, safe inside Markdown: capital first, full stop last."""
    words = text.strip()
    ended = words if words.endswith((".", "!", "?")) else f"{words}."
    return escape(ended[:1].upper() + ended[1:])


def source_name(project: ProjectView) -> str:
    """What a project's images came from, as people know it: of a path the last part."""
    source = project.source
    return Path(source).name if "/" in source or "\\" in source else source
