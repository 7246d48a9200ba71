"""A payload of each kind of job, for tests that queue one."""

from labeller.config import RoundConfig
from labeller.jobs.kinds import (
    AddPayload,
    ClusterPayload,
    ComparePayload,
    IngestPayload,
    MapPayload,
    Payload,
    PortablePayload,
    PredictPayload,
    RepairPayload,
    RetrainPayload,
    SplitPayload,
    TrainPayload,
)

PAYLOADS: dict[str, Payload] = {
    "ingest": IngestPayload(source="digits"),
    "add": AddPayload(source="digits"),
    "train": TrainPayload(model=1),
    "retrain": RetrainPayload(model=2, round=1, config=RoundConfig()),
    "cluster": ClusterPayload(model=1, config=RoundConfig()),
    "split": SplitPayload(round=1, node="1", answer=1, split=2),
    "map": MapPayload(model=1, map="pca"),
    "predict": PredictPayload(model=1, paths=("a.png",)),
    "portable": PortablePayload(model=2, columns=(0, 1)),
    "compare": ComparePayload(comparison=1),
    "repair": RepairPayload(),
}
