"""What a browser may send, component by component: each message is checked here before it is used.

Nothing in one is trusted, since it may be damaged, or made by another program. Numbers are numbers,
and neither texts nor truth values; texts and lists have a length. Whether there is such a class or
such an image is for the service to say.
"""

import re
import reprlib
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Text = Annotated[str, Field(max_length=300)]
Number = Annotated[int, Field(ge=0, lt=2**53)]  # as many as JavaScript can count
Images = Annotated[list[Number], Field(max_length=2_000_000)]


class Message(BaseModel):
    """Strict: 1.0, "1" and true are no whole numbers, and nothing is NaN."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)


class Log(Message):
    """Entries that the server has not confirmed, and who numbered them."""

    client: Annotated[str, Field(min_length=1, max_length=80)]
    entries: list[Any]


class Numbered(Message):
    """What makes an entry of a log one: its number, from 1."""

    seq: Annotated[int, Field(ge=1, lt=2**53)]


class Entry(Message):
    """What the entries of all boards have: `expert` is whose answer it is."""

    expert: Text = "me"
    label: Number | None = None
    name: Text | None = None  # of a class that is new
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0


class CardEntry(Entry):
    """Of the label grid: what was said of the card `node`, seen in `round`."""

    kind: Literal["label", "split", "skip", "undo"]
    node: Text
    round: Number | None = None
    split: Number | None = None
    wrong: Images | None = None
    only: Images | None = None
    check: bool | None = None


class SelectionEntry(Entry):
    """Of the Review and Explore boards: what was said of `images`.

    An undo takes back the entry numbered `of`, or the answer numbered `answer`.
    """

    kind: Literal["label", "aside", "undo"]
    images: Images | None = None
    of: Number | None = None
    answer: Number | None = None


class AuditEntry(Entry):
    """Of the audit card: what was said of `image`."""

    kind: Literal["label", "skip", "undo"]
    image: Number


class GridState(Message):
    """Of the label grid, beside its log."""

    want: Text | None = None
    members: Text | None = None
    zoom: Number | None = None
    go: Literal["review"] | None = None
    expert: Text | None = None


class ReviewState(Message):
    """Of the Review board: the page that is wanted."""

    page: Number = 0


class Wanted(Message):
    """Images whose pictures are wanted, under a name for them all."""

    name: Text = ""
    images: Images


class Question(Message):
    """What Explore looks for: a text in file names, or the images most like one."""

    id: Text
    kind: Literal["find", "alike"]
    value: Text | Number


class ExploreState(Message):
    """Of the Explore board, beside its log, and of what fetches the pictures around the mouse."""

    want: Wanted | None = None
    ask: Question | None = None
    by: Text | None = None
    expert: Text | None = None
    play: bool = False


class PickerState(Message):
    """Of the rows of pictures: the one that was clicked."""

    picked: Number | None = None


M = TypeVar("M", bound=Message)


def read_state(kind: type[M], sent: Any) -> M:
    """The state of a component; what in it cannot be is as if it had not been sent."""
    given = dict(sent) if isinstance(sent, dict) else {}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        wrong = {problem["loc"][0] for problem in error.errors(include_url=False)}
    return kind.model_validate({name: value for name, value in given.items() if name not in wrong})


def what_is_wrong(error: ValidationError) -> str:
    """The first thing that is wrong with a message, in one line."""
    problem = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in problem["loc"]) or "the message"
    if problem["type"] == "missing":
        return f"{where} is missing"
    rule = re.sub(r"^\w+ should ", "must ", problem["msg"])
    return f"{where} {rule}, got {reprlib.repr(problem['input'])}"
