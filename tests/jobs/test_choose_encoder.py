"""An import chooses what sees the pictures: from which of them, what follows, who overrules it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeller import service
from labeller.config import PHOTOS, EncodeConfig
from labeller.data.images import ImageStore
from labeller.data.squares import squares
from labeller.encoders import Encoder, encoder_of
from labeller.encoders.choosing import SAMPLE, chosen
from labeller.events import Progress
from labeller.jobs.worker import run_waiting
from labeller.records import ProjectView
from labeller.service import Store
from labeller.store.features import FeatureFile
from tests.conftest import QUICK

COUNT = 220
SEEN: list[int] = []  # pictures that the fake network was shown, by batch


class Fake(Encoder):
    """Sees the number in the corner of a made-up photo, which is its group."""

    name, title, licence = "lite0", "Fake", "none"
    size, features, digest = 32, 12, "0123456789abcdef"

    def forward(self, batch: np.ndarray) -> np.ndarray:
        SEEN.append(len(batch))
        noise = np.random.default_rng(len(SEEN)).normal(size=(len(batch), 12))
        return (np.eye(12)[batch[:, 0, 0, 0] % 12] + 0.1 * noise).astype(np.float32)


class Blind(Fake):
    """Sees nothing in them."""

    def forward(self, batch: np.ndarray) -> np.ndarray:
        return np.random.default_rng(0).normal(size=(len(batch), 12)).astype(np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty workspace."""
    SEEN.clear()
    with closing(service.open_store(tmp_path / "workspace")) as opened:
        yield opened


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Encoder]], None]:
    """Puts another network in the place of the real one."""

    def put(cls: type[Encoder]) -> None:
        monkeypatch.setattr("labeller.jobs.ingest.encoder_of", lambda *_: cls(EncodeConfig()))

    return put


def made_up(file: Path, count: int = COUNT, side: int = 32) -> str:
    """Images of noise, of much contrast or little as photos are: the pale ones are hubs."""
    draws = np.random.default_rng(0)
    contrast = draws.lognormal(2, 1, (count, 1, 1, 1))
    images = 128 + contrast * draws.normal(size=(count, side, side, 3))
    images[:, 0, 0, 0] = np.arange(count) % 12
    np.savez(file, images=np.clip(images, 0, 255).astype(np.uint8))
    return str(file)


def imported(store: Store, source: str, **options: object) -> ProjectView:
    view = service.create_project(store, "new", source, **options)  # type: ignore[arg-type]
    run_waiting(store)
    return service.project(store, view.id)


def test_digits_are_too_small_for_a_network_and_it_is_not_even_made(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("labeller.jobs.ingest.encoder_of")
    view = imported(store, "digits")
    assert view.encoder_choice is not None
    assert view.encoder_choice.reason.startswith("Pixels: the originals are 8 px, too small")
    assert (view.config.method, view.config.encode) == ("vae", EncodeConfig(encoder="none"))
    assert view.config.method_config == {"beta": 0.082}  # suited as ever


def test_photos_get_the_network_and_the_settings_for_photos(
    store: Store, network: Callable, tmp_path: Path
) -> None:
    network(Fake)
    view = imported(store, made_up(tmp_path / "new.npz"))
    assert view.encoder_choice is not None
    assert view.encoder_choice.scores["features"] > view.encoder_choice.scores["pixels"] > 0
    assert view.encoder_choice.scores["side"] == 32
    assert view.config.encode == EncodeConfig(encoder="lite0")
    assert (view.config.method, view.config.method_config) == ("feature-autoencoder", {})
    assert view.config.train.batch_size == 32  # suited to so few images
    # What the network saw is kept for the training.
    part = FeatureFile(store.project_folder(view.id), Fake.digest).part(COUNT, 12)
    assert len(part.missing) == 0


def test_pixels_stay_where_the_network_sees_no_more(
    store: Store, network: Callable, tmp_path: Path
) -> None:
    network(Blind)
    images = np.repeat(np.load(made_up(tmp_path / "few.npz", 10))["images"], 22, axis=0)
    noise = np.random.default_rng(1).integers(0, 20, images.shape)
    np.savez(tmp_path / "alike.npz", images=np.clip(images + noise, 0, 255).astype(np.uint8))
    view = imported(store, str(tmp_path / "alike.npz"))
    assert view.encoder_choice is not None
    assert "a pretrained network sees no clearer" in view.encoder_choice.reason
    assert (view.config.method, view.config.encode.encoder) == ("vae", "none")
    assert not store.project_folder(view.id).features(Fake.digest).parent.exists()


def test_a_sample_is_enough_and_is_announced(
    store: Store, network: Callable, tmp_path: Path
) -> None:
    network(Fake)
    events: list[Progress] = []
    view = service.create_project(store, "new", made_up(tmp_path / "new.npz", SAMPLE + 50))
    run_waiting(store, report=events.append)
    assert sum(SEEN) == SAMPLE
    said = [event for event in events if event.stage == "choose-encoder"]
    assert (said[0].done, said[0].total) == (0, SAMPLE)
    assert said[0].message == "comparing the pixels with Fake on 1,000 images"
    assert said[-1].done == SAMPLE
    part = FeatureFile(store.project_folder(view.id), Fake.digest).part(SAMPLE + 50, 12)
    assert len(part.missing) == 50


@pytest.mark.parametrize("named", ["none", "lite0"])
def test_a_named_encoder_is_never_overruled(
    named: str, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delattr("labeller.jobs.ingest.encoder_of")
    view = imported(store, made_up(tmp_path / "new.npz"), encoder=named)
    assert view.encoder_choice is None
    assert view.config.encode.encoder == named
    assert view.config.method == ("vae" if named == "none" else "feature-autoencoder")


def test_auto_is_a_name_for_the_choice(store: Store) -> None:
    assert imported(store, "digits", encoder="auto").encoder_choice is not None


def test_settings_that_somebody_chose_meanwhile_stand(
    store: Store, network: Callable, tmp_path: Path
) -> None:
    network(Fake)
    view = service.create_project(store, "new", made_up(tmp_path / "new.npz"))
    queued = service.train(store, view.id, QUICK)
    service.cancel(store, queued.id)
    run_waiting(store)
    after = service.project(store, view.id)
    assert (after.config.method, after.config.encode.encoder) == ("vae", "none")
    assert after.config.cluster.algorithm == "kmeans"


def test_a_project_from_before_the_choice_has_none(store: Store, network: Callable) -> None:
    view = imported(store, "digits", encoder="none")
    assert "encoder" not in view.notes
    assert view.encoder_choice is None


def test_real_photos_with_the_real_network(
    store: Store,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from sklearn.datasets import load_sample_images

    monkeypatch.setattr("labeller.encoders.choosing.FEWEST", 60)
    cache = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setattr("labeller.encoders.lite0.cache_folder", lambda: cache)
    draws = np.random.default_rng(0)
    (tmp_path / "own").mkdir()
    for number in range(60):
        photo = Image.fromarray(load_sample_images().images[number % 2])
        side = int(draws.integers(30, 90))
        left, top = draws.integers(0, photo.width - side), draws.integers(0, photo.height - side)
        crop = photo.crop((left, top, left + side, top + side)).resize((64, 64))
        crop.save(tmp_path / "own" / f"{number:03}.png")
    view = imported(store, str(tmp_path / "own"))
    assert view.encoder_choice is not None
    images, encoder = ImageStore(store.project_folder(view.id).data), encoder_of(PHOTOS)
    features = encoder.encode(squares(images, range(60), 224))[:, -1280:]
    assert view.encoder_choice.scores == chosen(images.images[:], features, 64).scores
    assert view.config.encode.encoder == view.encoder_choice.encoder
    assert "among 60 images" in view.encoder_choice.reason
