"""The kinds of jobs: the one table that queue, worker, service and pages read. No torch.

A payload is stored as JSON with the job. What an earlier version stored loads as long as fields
that came later have defaults; fields that are gone are ignored.
"""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from labeller.config import RoundConfig
from labeller.data import Fit

if TYPE_CHECKING:
    from labeller.jobs.task import Task


class Payload(BaseModel):
    """What a job of one kind is queued with."""

    model_config = ConfigDict(frozen=True)

    def stored(self) -> dict[str, Any]:
        """The payload as JSON, without what is None."""
        return {
            name: value for name, value in self.model_dump(mode="json").items() if value is not None
        }


class IngestPayload(Payload):
    """`source` as `labeller.data.sources` reads it; `size` None: chosen from the images."""

    source: str
    size: int | None = None
    fit: Fit = "crop"  # queued before there was a choice
    data_dir: str | None = None
    choose_encoder: bool = False


class AddPayload(Payload):
    """`source` as for an import; all else is as it was for the images that are there."""

    source: str
    data_dir: str | None = None


class TrainPayload(Payload):
    """The number of the model to train; `config` None: the project's own when the job starts."""

    model: int
    config: RoundConfig | None = None


class RetrainPayload(TrainPayload):
    """Also the round that teaches the model, and whether a next round is opened."""

    round: int
    next_round: bool = True


class ClusterPayload(TrainPayload):
    """The number of the model whose images are asked about anew."""


class SplitPayload(Payload):
    """A node by round and key, and the number of the answer: `split` into so many parts, or the
    images that were marked as `wrong`, whose like are sought.
    """

    round: int
    node: str
    answer: int
    split: int | None = None
    wrong: tuple[int, ...] | None = None


class MapPayload(Payload):
    """The number of a model and the name of a map."""

    model: int
    map: str


class PredictPayload(Payload):
    """The number of a model, and files or folders of images to label with its classifier."""

    model: int
    paths: tuple[str, ...]


class PortablePayload(Payload):
    """The number of a model, and for each output of its classifier the place of its class."""

    model: int
    columns: tuple[int, ...]


class RepairPayload(Payload):
    """Nothing more: the job looks for what is damaged itself."""


class ComparePayload(Payload):
    """The number of a comparison of the project."""

    comparison: int


@dataclass(frozen=True)
class JobKind:
    """A kind of job: its `title` for people, its payload, and the function that runs it.

    `handler`, a function of `labeller.jobs`, is imported when a job runs: it may import torch.
    `makes`: what of the project waits for such a job; of those that make a round there is one at a
    time. `quick`: a person waits for it with the hands on the keys; it is run beside a long job.
    """

    name: str
    title: str
    payload: type[Payload]
    handler: str
    makes: Literal["images", "round", "cards", "nothing"] = "nothing"
    quick: bool = False

    def load(self) -> Callable[["Task", Any], dict[str, Any]]:
        function: Callable[[Task, Any], dict[str, Any]] = pkgutil.resolve_name(
            f"labeller.jobs.{self.handler}"
        )
        return function


KINDS: dict[str, JobKind] = {
    kind.name: kind
    for kind in (
        JobKind("ingest", "Import", IngestPayload, "ingest:ingest", makes="images"),
        JobKind("add", "Adding images", AddPayload, "add:add", makes="images"),
        JobKind("train", "Training", TrainPayload, "train:train", makes="round"),
        JobKind("retrain", "Retraining", RetrainPayload, "train:retrain", makes="round"),
        JobKind("cluster", "Clustering", ClusterPayload, "cluster:recluster", makes="round"),
        JobKind("split", "Split", SplitPayload, "split:split", makes="cards", quick=True),
        JobKind("map", "Map", MapPayload, "model_files:make_map", quick=True),
        JobKind("predict", "Prediction", PredictPayload, "predict:predict"),
        JobKind(
            "portable",
            "Classifier for other programs",
            PortablePayload,
            "portable:write_portable",
            quick=True,
        ),
        JobKind("compare", "Comparison", ComparePayload, "compare:compare"),
        JobKind("repair", "Repair", RepairPayload, "repair:repair"),
    )
}
ROUND_JOBS = tuple(name for name, kind in KINDS.items() if kind.makes == "round")
QUICK_JOBS = tuple(name for name, kind in KINDS.items() if kind.quick)
PROJECT_JOBS = tuple(name for name, kind in KINDS.items() if kind.makes != "nothing")


def kind_of(payload: Payload) -> str:
    """The name of the kind that is queued with such a payload."""
    return next(name for name, kind in KINDS.items() if kind.payload is type(payload))


def title_of(kind: str) -> str:
    """The kind in words; that of a later version by its name."""
    return KINDS[kind].title if kind in KINDS else kind.capitalize()


def payload_of(kind: str, arguments: Mapping[str, Any]) -> Payload:
    """The payload of a stored job; raises ValueError where it does not fit its kind."""
    return KINDS[kind].payload.model_validate(arguments)
