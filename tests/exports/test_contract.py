"""Contract over every export format, those of $LABELLER_PLUGINS among them."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from labeller.exports import ExportFormat, registry

READERS = {"csv": pd.read_csv, "parquet": pd.read_parquet}  # of the formats that are ours
TABLE = pd.DataFrame(
    {
        "image": np.arange(3),
        "path": ["a.png", "b,c.png", 'é "d".png'],
        "label": [0, -1, 2],
        "confidence": [0.5, np.nan, 1.0],
    }
)


@pytest.fixture(params=registry.names())
def cls(request: pytest.FixtureRequest) -> type[registry.Format]:
    """Each format in turn."""
    return registry.get(request.param)


@pytest.fixture(params=[each.name for each in registry.tables()])
def of_tables(request: pytest.FixtureRequest) -> type[registry.Format]:
    """Each format of tables; tests/exports/test_folders.py asks those with images."""
    return registry.get(request.param)


def written(format: registry.Format, table: pd.DataFrame = TABLE) -> bytes:
    """The bytes of a table."""
    stream = io.BytesIO()
    assert isinstance(format, ExportFormat)
    format.write(table, stream)
    assert not stream.closed
    return stream.getvalue()


def test_it_says_what_it_is(cls: type[registry.Format]) -> None:
    entry = registry.ROOM.catalogue()[cls.name]
    assert entry["title"] == cls.title != ""
    assert entry["doc"]
    fields = entry["schema"].get("properties", {})
    assert all(field.get("description") for field in fields.values())
    assert cls.mime.count("/") == 1


def test_its_endings_lead_to_it_alone(cls: type[registry.Format]) -> None:
    for ending in cls.suffixes():
        for name in (f"labels{ending}", f"LABELS{ending.upper()}"):
            assert type(registry.chosen(Path(name))) is cls
    others = [each for each in registry.formats() if each is not cls]
    assert not {ending for each in others for ending in each.suffixes()} & set(cls.suffixes())


def test_the_same_table_is_the_same_bytes(of_tables: type[registry.Format]) -> None:
    before, name = TABLE.copy(), of_tables.name
    first, second = (written(registry.chosen(Path("x"), name)) for _ in range(2))
    assert first == second != b""
    pd.testing.assert_frame_equal(before, TABLE)
    assert written(registry.chosen(Path("x"), name), TABLE.head(0)) is not None


@pytest.mark.parametrize("name", READERS)
def test_a_table_reads_back(name: str) -> None:
    content = written(registry.chosen(Path("x"), name))
    pd.testing.assert_frame_equal(READERS[name](io.BytesIO(content)), TABLE)


def test_every_format_of_ours_reads_back() -> None:
    ours = [each.name for each in registry.tables() if each.__module__.startswith("labeller.")]
    assert ours == sorted(READERS)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_are_separated_as_asked(delimiter: str) -> None:
    content = written(registry.chosen(Path("x.csv"), settings={"delimiter": delimiter}))
    assert content.startswith(delimiter.join(TABLE.columns).encode())
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(content), sep=delimiter), TABLE)


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"]


def test_texts_like_formulas_are_disarmed_and_numbers_are_not() -> None:
    table = pd.DataFrame({"path": FORMULAS, "name": "a=b", "weight": -0.5, "label": -1})
    plain = written(registry.chosen(Path("x.csv")), table).decode()
    head, *rows = csv.reader(io.StringIO(plain, newline=""))
    assert head == ["path", "name", "weight", "label"]
    assert rows == [[f"'{text}", "a=b", "-0.5", "-1"] for text in FORMULAS]
    kept = written(registry.chosen(Path("x.csv"), settings={"formulas": "keep"}), table).decode()
    assert [row[0] for row in csv.reader(io.StringIO(kept, newline=""))] == ["path", *FORMULAS]


def test_the_name_wins_over_the_ending() -> None:
    assert registry.chosen(Path("labels.csv"), "parquet").name == "parquet"


@pytest.mark.parametrize(
    ("path", "name", "settings", "message"),
    [
        ("x.csv", "xlsx", {}, r"format must be one of .*csv, .*parquet.*, got xlsx"),
        ("x.txt", None, {}, r"ending must be one of .*\.csv, .*\.parquet, \.pq.*, got x\.txt"),
        (
            "csv",
            None,
            {},
            r"ending must be one of .*, got csv; .* give a format \(.*csv, .*parquet",
        ),
        (
            "x.csv",
            None,
            {"sep": ";"},
            "a setting of csv must be one of delimiter, formulas, got sep",
        ),
        ("x.pq", None, {"delimiter": ";"}, "parquet has no settings, got delimiter"),
        ("x.csv", None, {"delimiter": "\n"}, "delimiter"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(
    path: str, name: str | None, settings: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        registry.chosen(Path(path), name, settings)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"suffix": None}, "a format must have a suffix"),
        ({"mime": None}, "a format must have a mime"),
        ({"suffix": "txt"}, "suffix of words must start with a dot, got 'txt'"),
        ({"other_suffixes": ("t",)}, "suffix of words must start with a dot, got 't'"),
        ({"name": "csv"}, "a format's name must be new, got csv twice"),
    ],
)
def test_a_format_that_is_not_whole_is_refused(fields, message: str, forget: None) -> None:
    whole = {"name": "words", "title": "Words", "suffix": ".words", "mime": "text/plain"}
    with pytest.raises(ValueError, match=message):
        registry.register(type("Words", (ExportFormat,), {**whole, **fields}))
    assert "words" not in registry.names()
