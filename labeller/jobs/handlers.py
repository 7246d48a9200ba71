"""Which function runs which kind of job."""

from collections.abc import Callable

from labeller.jobs.comparing import compare
from labeller.jobs.importing import ingest
from labeller.jobs.mapping import make_map
from labeller.jobs.opening import recluster
from labeller.jobs.predicting import predict
from labeller.jobs.splitting import split
from labeller.jobs.task import Task
from labeller.jobs.teaching import retrain, train

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
