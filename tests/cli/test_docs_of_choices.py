"""docs/choices.md is what the registry says now."""

from pathlib import Path

from tests.cli.conftest import Command

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_of_choices_is_that_of_the_registry(labeller: Command) -> None:
    """To mend it: write what the command prints below the first paragraph of the page."""
    head, _, listed = (DOCS / "choices.md").read_text(encoding="utf-8").partition("\n## ")
    assert "labeller choices --markdown" in head
    assert f"## {listed}" == labeller("choices", "--markdown").out
