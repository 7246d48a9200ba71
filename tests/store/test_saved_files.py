"""One file with a folder in it: what comes back, and what is refused before anything is made."""

import hashlib
import io
import json
import stat
import zipfile
from pathlib import Path

import pytest

from labeller.errors import DataError, StateError
from labeller.events import Progress, silent
from labeller.store.saved_files import read_saved, write_saved


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as a project has it, with a file that is being written."""
    made = tmp_path / "project"
    (made / "models" / "1").mkdir(parents=True)
    (made / "models" / "1" / "weights.safetensors").write_bytes(bytes(range(256)) * 40)
    (made / "Bilder (2).npy").write_bytes(b"1")
    (made / ".part.7.tmp").write_bytes(b"half")
    (made / "link").symlink_to("/etc/hostname")
    return made


@pytest.fixture
def file(folder: Path, tmp_path: Path) -> Path:
    path = tmp_path / "p.labeller"
    with path.open("wb") as stream:
        write_saved(stream, {"project": "p"}, {"answers": {"rows": [1.5]}}, folder, silent)
    return path


def read(path: Path, tmp_path: Path) -> Path:
    target = tmp_path / "read"
    target.mkdir()
    read_saved(path, target, silent)
    return target


def test_files_and_json_come_back_and_nothing_else(file: Path, tmp_path: Path) -> None:
    target, events = tmp_path / "read", list[Progress]()
    target.mkdir()
    saved = read_saved(file, target, events.append)
    assert saved.about == {"project": "p", "format": 1}
    assert saved.rows == {"answers": {"rows": [1.5]}}
    there = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    assert there == {"models/1/weights.safetensors", "Bilder (2).npy"}
    assert (target / "Bilder (2).npy").read_bytes() == b"1"
    assert events[-1].done == events[-1].total


def test_the_same_content_gives_the_same_file(file: Path, folder: Path) -> None:
    again = io.BytesIO()
    write_saved(again, {"project": "p"}, {"answers": {"rows": [1.5]}}, folder, silent)
    assert again.getvalue() == file.read_bytes()


@pytest.mark.parametrize("where", [0.2, 0.5, 0.9])
def test_a_byte_that_changed_is_noticed(file: Path, tmp_path: Path, where: float) -> None:
    content = bytearray(file.read_bytes())
    content[int(len(content) * where)] ^= 255
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"p\.labeller (is damaged|is not|was refused)"):
        read(file, tmp_path)


def test_half_a_file_is_noticed(file: Path, tmp_path: Path) -> None:
    file.write_bytes(file.read_bytes()[:-2000])
    with pytest.raises(DataError, match="is not a zip archive or is damaged"):
        read(file, tmp_path)


def remade(file: Path, *, listed: dict[str, bytes] | None = None, more: bool = True) -> None:
    """The file with `listed` in it and in its list, or with one (`more`) that the list has not."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    for name, content in (listed or {}).items():
        digest = hashlib.sha256(content).hexdigest()
        manifest["members"][name] = {"bytes": len(content), "sha256": digest}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in {**members, **(listed or {})}.items():
            archive.writestr(name, content)
        archive.writestr("manifest.json", json.dumps(manifest))
        if more:
            archive.writestr("files/unlisted.npy", b"1")


@pytest.mark.parametrize(
    "name", ["files/.hidden", "files/a/.b/c", "other/x", "rows/a/b.json", "rows/x.txt", "files//x"]
)
def test_names_that_no_project_has_are_refused(file: Path, tmp_path: Path, name: str) -> None:
    remade(file, listed={name: b"1"}, more=False)
    with pytest.raises(DataError, match="is no file of a project"):
        read(file, tmp_path)
    assert not list((tmp_path / "read").iterdir())


@pytest.mark.parametrize("name", ["files/../../x", "/etc/x", "C:/x", "files/..\\..\\x"])
def test_paths_that_lead_outside_are_refused(file: Path, tmp_path: Path, name: str) -> None:
    remade(file, listed={name: b"1"}, more=False)
    with pytest.raises(DataError, match=r"outside the archive|absolute path"):
        read(file, tmp_path)


def test_what_the_list_does_not_name_is_refused(file: Path, tmp_path: Path) -> None:
    remade(file)
    with pytest.raises(DataError, match=r"files/unlisted\.npy is not as its list says"):
        read(file, tmp_path)


def test_a_wrong_digest_is_named(file: Path, tmp_path: Path) -> None:
    remade(file, listed={"files/a.npy": b"1"}, more=False)
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in {**members, "files/a.npy": b"2"}.items():
            archive.writestr(name, content)
    with pytest.raises(DataError, match=r"damaged: files/a\.npy is not as it was saved"):
        read(file, tmp_path)


def test_links_and_bombs_are_refused(file: Path, tmp_path: Path) -> None:
    link = zipfile.ZipInfo("files/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="is a link"):
        read(file, tmp_path)
    bomb = tmp_path / "bomb.labeller"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("files/zeros.npy", bytes(2**27))
    (tmp_path / "read").rmdir()
    with pytest.raises(DataError, match="as in a zip bomb"):
        read(bomb, tmp_path)


def test_other_zips_and_later_formats_are_named(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "photos.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.png", b"1")
    with pytest.raises(DataError, match=r"photos\.zip is no saved project"):
        read(other, tmp_path)
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("manifest.json", json.dumps({"format": 2, "members": {}}))
    (tmp_path / "read").rmdir()
    with pytest.raises(StateError, match="was saved in format 2, and this labeller reads 1"):
        read(other, tmp_path)
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("manifest.json", "[]")
    (tmp_path / "read").rmdir()
    with pytest.raises(DataError, match=r"damaged: manifest\.json"):
        read(other, tmp_path)
