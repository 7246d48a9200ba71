"""Guidelines: what each class means, in words and by example images, for whoever labels."""

from collections.abc import Sequence

from labeller.records import Guideline, ProjectView
from labeller.records.numbers import whole_number
from labeller.service.classes import classes
from labeller.service.lookup import ProjectLike, reading, writing
from labeller.store import ProjectFolder, Store
from labeller.store.files import read_json, write_json

LONGEST, MOST_EXAMPLES = 1000, 8


def guidelines(store: Store, project: ProjectLike) -> dict[int, Guideline]:
    """The guidelines by class number; classes without one are not among them."""
    if isinstance(project, ProjectView):  # no need to ask: each key on the Label page does this
        return _read(store.project_folder(project.id))
    with reading(store, project) as rows:
        return _read(rows.folder)


def set_guideline(
    store: Store, project: ProjectLike, label: int, text: str, examples: Sequence[int] = ()
) -> None:
    """Says what a class means; an empty text without examples takes its guideline away.

    `examples` are image numbers. Raises ValueError for an unknown class or image, and for a text
    or a list that is too long.
    """
    text = text.strip()
    known = [view.label for view in classes(store, project)]
    if whole_number("label", label) not in known:
        raise ValueError(f"label must be one of {known}, got {label}")
    if len(text) > LONGEST:
        raise ValueError(f"a guideline must have at most {LONGEST} characters, got {len(text)}")
    if len(examples) > MOST_EXAMPLES:
        raise ValueError(f"examples must be at most {MOST_EXAMPLES} images, got {len(examples)}")
    examples = [whole_number("examples", image) for image in examples]
    with writing(store, project) as rows:
        count = rows.project.data.get("count", 0)
        for image in examples:
            if not 0 <= image < count:
                raise ValueError(f"examples must be images from 0 to {count - 1}, got {image}")
        kept = _read(rows.folder) | {label: Guideline(text, tuple(dict.fromkeys(examples)))}
        written = {
            str(number): {"text": each.text, "examples": list(each.examples)}
            for number, each in sorted(kept.items())
            if each.text or each.examples
        }
        write_json(rows.folder.guidelines, written)


def _read(folder: ProjectFolder) -> dict[int, Guideline]:
    if not folder.guidelines.exists():
        return {}
    return {
        int(label): Guideline(stored["text"], tuple(stored["examples"]))
        for label, stored in read_json(folder.guidelines).items()
    }
