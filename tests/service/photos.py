"""A small project of photos: soft spots of three colours, seen by an encoder."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from labeller import service
from labeller.config import ClusterConfig, EmbedConfig, EncodeConfig, RetrainConfig, StudentConfig
from labeller.jobs.worker import run_waiting
from labeller.rounds.answer import Answer
from tests.conftest import QUICK

COLOURS = {"blue": (40, 60, 200), "green": (50, 170, 60), "red": (200, 50, 40)}
FAST = QUICK.model_copy(
    update={
        "method": "pca",
        "embed": EmbedConfig(space="pca", dimensions=4, of="features"),
        "cluster": ClusterConfig(algorithm="kmeans", clusters=3),
        "retrain": RetrainConfig(epochs=0),
        "student": StudentConfig(use=True),
    }
)


def draw(folder: Path, per_class: int) -> Path:
    """Pictures of 80 x 56 pixels in folders by colour: soft spots, not as wide as high."""
    random = np.random.default_rng(0)
    for split, count in (("train", per_class), ("test", 2)):
        for name, colour in COLOURS.items():
            (folder / split / name).mkdir(parents=True)
            for number in range(count):
                pixels = random.normal(colour, 25, (10, 7, 3)).clip(0, 255).astype(np.uint8)
                picture = Image.fromarray(pixels).resize((56, 80), Image.Resampling.BICUBIC)
                picture.save(folder / split / name / f"{number}.png")
    return folder


def teach(store: service.Store, name: str, encode: EncodeConfig) -> None:
    """A round of answers, each card by the folder of its medoid."""
    number = service.train(store, name, FAST.model_copy(update={"encode": encode})).id
    run_waiting(store)
    assert service.job(store, number).error == ""
    table = service.labels_table(store, name)
    classes = [one.name for one in service.classes(store, name)]
    for card in service.cards(store, name):
        said = classes.index(table["path"][card.medoid].split("/")[-2])
        service.answer(store, name, card.node, Answer("label", said))
    service.propagate(store, name)
    service.retrain(store, name, next_round=False)
    run_waiting(store)
    assert [job.error for job in service.jobs(store)] == [""] * len(service.jobs(store))


def stored(store: service.Store, name: str, pictures: Path) -> pd.DataFrame:
    """What the project has on record of its own images, by their whole path."""
    table = service.labels_table(store, name)[["path", "predicted_name", "certainty"]]
    return table.assign(path=[str(pictures / path) for path in table["path"]])
