"""docs/ has a page for all there is, its references are those of today, and its links lead on."""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.reference import (
    COMMAND_PAGES,
    DOCS,
    KINDS,
    PLACE,
    commands,
    filled,
    methods,
    things,
)

ROOT = DOCS.parent
WRITTEN = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")  # beside docs/
PAGES = sorted(DOCS.rglob("*.md")) + [ROOT / name for name in WRITTEN]
LEAST_WORDS = 4  # written by hand about each thing and command


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def sections(page: Path) -> dict[str, str]:
    """What stands below each heading of the second level."""
    parts = re.split(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def by_hand(section: str) -> str:
    """A section without its reference and its examples."""
    return re.sub(r"```.*?```", "", PLACE.sub("", section), flags=re.DOTALL).strip()


@pytest.mark.parametrize("kind", [*KINDS, "methods"])
def test_every_thing_of_a_kind_is_on_its_page(kind):
    found = sections(DOCS / f"{kind}.md")
    names = methods() if kind == "methods" else things(kind)
    assert sorted(found) == sorted(names)
    for name, section in found.items():
        assert f"<!-- reference: {kind} {name} -->" in section
        assert len(by_hand(section).split()) >= LEAST_WORDS, f"say when to use {name}"


def test_every_command_has_a_heading_an_example_and_a_purpose():
    found = {}
    for page in sorted(COMMAND_PAGES.glob("*.md")):
        found.update(sections(page))
    assert sorted(found) == sorted(commands())
    for name, section in found.items():
        assert f"<!-- reference: command {name} -->" in section
        assert len(by_hand(section).split()) >= LEAST_WORDS, f"say what {name} is for"
        assert f"labeller {name}" in PLACE.sub("", section), f"give an example of {name}"


def test_the_references_are_those_of_the_registry_and_the_commands():
    """To mend it: uv run python -m tests.docs.reference."""
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        assert text.count("<!-- reference:") == len(PLACE.findall(text))
        assert filled(text) == text, name_of(page)


def examples() -> Iterator[tuple[Path, str]]:
    """Each command line of labeller in the pages, without what stands before `labeller`."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(
            r"^```(?:bash|console)?\n(.*?)^```", text, re.DOTALL | re.MULTILINE
        ):
            for line in block.replace("\\\n", " ").splitlines():
                if match := re.match(r"(?:[A-Z_]+=\S* )*(?:uv run )?labeller +(.*)", line):
                    yield page, match[1]


def test_every_example_is_a_command_that_there_is():
    lines = [*examples()]
    assert len(lines) > 60
    for page, line in lines:
        words = shlex.split(line, comments=True)
        count = max(n for n in range(3) if n == 0 or " ".join(words[:n]) in commands())
        assert count, f"{name_of(page)}: there is no command of {line!r}"
        _parsed(" ".join(words[:count]), words[count:], f"{name_of(page)}: {line}")


def _parsed(name, arguments, where):
    """Fails for an option that the command does not have, and for an argument that is missing."""
    command = commands()[name]
    if "--help" in arguments:
        return
    context = command.context_class(command, info_name=name, resilient_parsing=True)
    try:
        given, _, _ = command.make_parser(context).parse_args(args=list(arguments))
    except Exception as error:
        pytest.fail(f"{where}: {error}")
    missing = [each.name for each in command.params if each.required and not given.get(each.name)]
    assert not missing, f"{where}: {missing} missing"


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading_of_it(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        path, _, heading = target.partition("#")
        file = Path(os.path.normpath(page.parent / path)) if path else page
        assert file.exists(), f"there is no {target}"
        assert not heading or heading in anchors(file), f"{path} has no heading {heading}"


def test_every_page_can_be_reached_from_the_readme():
    reached, left = set(), [ROOT / "README.md"]
    while left:
        page = left.pop()
        reached.add(page)
        for target in re.findall(r"\]\(([^)#\s]+\.md)", page.read_text(encoding="utf-8")):
            file = Path(os.path.normpath(page.parent / target))
            if file.exists() and file not in reached:
                left.append(file)
    assert not [name_of(page) for page in PAGES if page not in reached]


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 200


def test_every_test_that_a_page_names_is_there():
    named = [
        (page, path)
        for page in PAGES
        for path in re.findall(r"`(tests/[\w/.]+)`", page.read_text())
    ]
    assert len(named) > 20
    for page, path in named:
        assert (ROOT / path).exists(), f"{name_of(page)} names {path}"
