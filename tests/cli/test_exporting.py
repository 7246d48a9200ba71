"""`labeller export`: the format of the file, labels with their images, empty cells."""

import zipfile
from pathlib import Path

import pandas as pd
from PIL import Image

from tests.cli.conftest import Command
from tests.cli.test_commands import questions


def test_labels_are_exported_in_the_format_of_the_files_ending(
    labeller: Command, tmp_path: Path
) -> None:
    wrong = labeller("export", "digits", "--out", tmp_path / "labels.txt")
    assert wrong.code == 2
    message = " ".join(wrong.err.split())
    assert ".csv, .datumaro.zip, .fiftyone.zip, .huggingface.zip, .imagefolder.zip" in message
    assert message.count("got labels.txt") == 1
    assert not (tmp_path / "labels.txt").exists()
    out = tmp_path / "labels.CSV"
    assert labeller("export", "digits", "--out", out, "--set", "delimiter=;").code == 0
    assert pd.read_csv(out, sep=";")["image"].tolist() == list(range(1797))
    assert "parquet (default: what the file's ending names)" in labeller("export", "-h").out


def test_labels_are_exported_with_their_images(labeller: Command, tmp_path: Path) -> None:
    nothing = labeller("export", "digits", "--out", tmp_path / "d.zip")
    assert nothing.code == 1
    assert "no image has a label; answer a question" in nothing.err
    asked = questions(labeller)
    labeller("answer", "digits", asked[0]["node"], "--label", "4", "--confidence", "0.9")
    done = labeller("export", "digits", "--out", tmp_path / "d.zip")
    assert done.code == 0
    many = f"{asked[0]['size']} of {asked[0]['size']} images"
    assert f"{many} are what the project keeps of them, as PNG: there are no image" in done.err
    with zipfile.ZipFile(tmp_path / "d.zip") as archive:
        inside = archive.namelist()
        assert len(inside) == asked[0]["size"]
        assert {name.split("/")[0] for name in inside} == {"4"}
        with Image.open(archive.open(inside[0])) as image:
            assert (image.format, image.size, image.mode) == ("PNG", (8, 8), "L")
    folder = tmp_path / "folder"
    given = ("--format", "fiftyone", "--set", "unlabelled=true")
    assert labeller("export", "digits", "--out", folder, *given).code == 0
    assert len(list((folder / "data").iterdir())) == 1797
    again = labeller("export", "digits", "--out", folder, *given)
    assert (again.code, "choose a new folder or delete it" in again.err) == (1, True)
    linked = labeller("export", "digits", "--out", tmp_path / "e.zip", "--set", "link=true")
    assert (linked.code, "give a folder" in linked.err) == (2, True)
    assert not (tmp_path / "e.zip").exists()


def test_empty_cells_say_what_there_is_not(labeller: Command, tmp_path: Path) -> None:
    asked = questions(labeller)
    labeller("answer", "digits", asked[0]["node"], "--label", "4")
    for ending, read in (("csv", pd.read_csv), ("parquet", pd.read_parquet)):
        assert labeller("export", "digits", "--out", tmp_path / f"labels.{ending}").code == 0
        table = read(tmp_path / f"labels.{ending}")
        none = table["label"].isna()
        assert 0 < none.sum() == 1797 - asked[0]["size"]
        for column in ("name", "confidence", "source_answer", "expert", "round", "cluster"):
            assert table[column].isna().tolist() == none.tolist(), column
    assert "-1" not in (tmp_path / "labels.csv").read_text()
