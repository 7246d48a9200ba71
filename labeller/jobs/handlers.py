"""Which function runs which kind of job."""

from collections.abc import Callable

from labeller.jobs.cluster import recluster
from labeller.jobs.compare import compare
from labeller.jobs.ingest import ingest
from labeller.jobs.map import make_map
from labeller.jobs.predict import predict
from labeller.jobs.split import split
from labeller.jobs.task import Task
from labeller.jobs.train import retrain, train

HANDLERS: dict[str, Callable[[Task], dict]] = {
    "ingest": ingest,
    "train": train,
    "retrain": retrain,
    "cluster": recluster,
    "split": split,
    "map": make_map,
    "predict": predict,
    "compare": compare,
}
