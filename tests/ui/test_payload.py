"""What the grid is sent: plain data, few bytes, the right pictures in the right order."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from labeller.records import Card
from labeller.ui.frame import page as frame
from labeller.ui.label.grid.payload import card_data, nearest_first, sheet, sheet_name, strip
from labeller.ui.widgets import gallery as gallery_module


def make_card(node="1", state="open", centre=True, members=8, side=28):
    numbers = range(1, members + 1)
    groups = [tuple(start + n for n in numbers) for start in (0, 100, 200)]
    return Card(
        node=node,
        size=300,
        impurity=0.2,
        centre=np.full((side, side, 1), 200, np.uint8) if centre else None,
        medoid=0,
        **dict(zip(("near", "random", "far"), groups, strict=True)),
        state=state,
    )


def read(numbers, _, side=28):
    return np.stack([np.full((side, side, 1), n % 256, np.uint8) for n in numbers])


def opened(uri):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))))


def test_members_stand_on_the_sheet_in_the_order_of_the_card():
    made = sheet(make_card(), read)
    pixels = opened(made["member"]["uri"])
    assert made["member"]["columns"] == 8
    assert pixels.shape == (3 * 28, 8 * 28)
    assert (pixels[::28, ::28].ravel() == [*range(1, 9), *range(101, 109), *range(201, 209)]).all()
    assert (opened(made["medoid"]) == 0).all()
    assert (opened(made["centre"]) == 200).all()


def test_a_method_that_cannot_decode_shows_the_medoid_alone():
    card = make_card(centre=False, members=0)
    made = sheet(card, read)
    assert made["centre"] is None
    assert made["member"] is None
    assert not card_data(card)["centre"]
    assert (opened(strip([card], read)["uri"]) == 0).all()


def test_large_images_are_sent_small():
    made = sheet(make_card(side=128), lambda numbers, _: read(numbers, _, 128))
    assert made["member"]["side"] == 72
    assert made["side"] == 128


def test_thirty_cards_are_light():
    noise = np.random.default_rng(0).integers(0, 256, (300, 28, 28, 1)).astype(np.uint8)
    cards = [make_card(str(n)) for n in range(30)]
    made = [sheet(card, lambda numbers, _: noise[list(numbers)]) for card in cards]
    assert len(json.dumps(made)) < 1_500_000  # noise is the worst that PNG can meet
    assert len(json.dumps([card_data(card) for card in cards])) < 20_000


def test_the_next_open_cards_come_first():
    cards = [make_card(str(n), "labelled" if n < 3 else "open") for n in range(6)]
    assert [card.node for card in nearest_first(cards, None)][:3] == ["3", "4", "2"]
    assert nearest_first(cards, "5")[0].node == "5"


def test_another_split_of_the_same_node_has_other_pictures():
    assert sheet_name(make_card("3.1", members=8)) != sheet_name(make_card("3.1", members=7))


@pytest.mark.parametrize("channels", [1, 3])
def test_the_strip_names_its_pictures(channels):
    cards = [make_card(str(n), centre=False) for n in range(40)]
    made = strip(cards, lambda n, _: np.zeros((len(n), 12, 12, channels), np.uint8))
    assert made["sheets"] == [sheet_name(card) for card in cards]
    assert opened(made["uri"]).shape[:2] == (80, 32 * 40)


def photos(numbers, side):
    """Smooth photos of 192 x 96 pixels, as `service.pictures` gives them."""
    side = min(side, 192)
    rough = np.random.default_rng(0).integers(0, 256, (6, 3, 3), dtype=np.uint8)
    tiles = np.zeros((len(numbers), side, side, 4), np.uint8)
    wide = Image.fromarray(rough).resize((side, side // 2), Image.Resampling.BICUBIC)
    tiles[:, side // 4 : side // 4 + side // 2, :, :3] = np.asarray(wide)
    tiles[:, side // 4 : side // 4 + side // 2, :, 3] = 255
    return tiles


def test_photos_are_sent_larger_and_as_webp_with_clear_margins():
    made = sheet(make_card(side=64), photos)
    assert made["photo"]
    assert made["member"]["photo"]
    assert (made["member"]["side"], made["side"]) == (112, 64)  # a centre keeps its own pixels
    assert made["centre"].startswith("data:image/png")
    assert made["medoid"].startswith("data:image/webp")
    medoid, members = opened(made["medoid"]), opened(made["member"]["uri"])
    assert medoid.shape == (192, 192, 4)
    assert members.shape == (3 * 112, 8 * 112, 4)
    assert members[:20, :, 3].max() == 0
    assert members[40:70, :, 3].min() == 255


def test_a_photo_without_a_centre_has_its_own_size():
    assert sheet(make_card(centre=False), photos)["side"] == 192


def test_the_strip_shows_photos_themselves_not_their_decoded_centres():
    made = strip([make_card("1"), make_card("2", centre=False)], photos)
    seen, photo = opened(made["uri"]), photos([0], 40)[0][20, 20].tolist()
    assert [seen[20, 20].tolist(), seen[20, 60].tolist()] == [photo, photo]
    assert (opened(strip([make_card()], read)["uri"]) == 200).all()


def test_a_card_of_photos_is_light():
    assert len(json.dumps(sheet(make_card(side=64), photos))) < 100_000


def test_a_shrunk_picture_is_no_photo():
    made = sheet(
        make_card(side=128), lambda numbers, _: np.zeros((len(numbers), 128, 128, 3), "u1")
    )
    assert not made["photo"]
    assert made["member"]["uri"].startswith("data:image/png")


def test_a_gallery_shows_photos_smoothly_and_pixels_exactly(monkeypatch):
    drawn = []
    monkeypatch.setattr(gallery_module.st, "html", drawn.append)
    gallery_module.gallery(
        [
            gallery_module.Picture(photos([0], 64)[0], "cap", "a photo"),
            gallery_module.Picture(read([1], 0)[0], "one", "pixels"),
        ]
    )
    assert '<img class="photo" src="data:image/webp' in drawn[0]
    assert '<img src="data:image/png' in drawn[0]


def test_photos_in_a_grid_take_half_their_size(monkeypatch):
    drawn = []
    monkeypatch.setattr(frame.st, "html", drawn.append)
    frame.image_grid(photos([0, 1, 2], 80), columns=2)
    assert drawn[0].startswith('<img src="data:image/webp')
    assert f'width="{(2 * 80 + 4) // 2}"' in drawn[0]
