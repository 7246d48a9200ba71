"""Folders to look through: those allowed and nothing else."""

import os

import pytest

from labeller.data import browse
from labeller.errors import NotFoundError


@pytest.fixture
def tree(tmp_path):
    for name in ("home/cats", "home/Birds", "home/.secret", "other"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("a.png", "b.JPG", "all.zip", "notes.txt", ".hidden.png"):
        (tmp_path / "home" / name).touch()
    return tmp_path


def test_a_folder_says_what_it_holds(tree):
    home = tree / "home"
    found = browse.listing(None, [home])
    assert (found.path, found.parent) == (home, None)
    assert (found.folders, found.files, found.images) == (("Birds", "cats"), ("all.zip",), 2)
    assert browse.listing(home / "cats", [home]).parent == home


@pytest.mark.parametrize("path", ["other", "home/../other", "home/link"])
def test_nothing_outside_is_shown(tree, path):
    (tree / "home/link").symlink_to(tree / "other")
    with pytest.raises(NotFoundError, match="outside of the folders"):
        browse.listing(tree / path, [tree / "home"])


def test_what_is_not_there_is_told(tree):
    with pytest.raises(NotFoundError, match="cannot be read"):
        browse.listing(tree / "home/none", [tree / "home"])
    with pytest.raises(NotFoundError, match="LABELLER_FOLDERS"):
        browse.listing(None, [])


def test_many_files_are_not_all_looked_at(tree, monkeypatch):
    monkeypatch.setattr(browse, "MOST", 2)
    assert browse.listing(tree / "home", [tree / "home"]).more


def test_the_allowed_folders(tree, monkeypatch):
    text = os.pathsep.join([str(tree / "home"), str(tree / "missing"), str(tree / "home")])
    monkeypatch.setenv("LABELLER_FOLDERS", text)
    assert browse.roots() == [tree / "home"]
    monkeypatch.delenv("LABELLER_FOLDERS")
    monkeypatch.setenv("HOME", str(tree / "other"))
    assert browse.roots() == [tree / "other"]


def test_links_that_lead_nowhere_or_outside_and_names_that_are_no_text_are_left_out(tree):
    home = tree / "home"
    (home / "outside").symlink_to(tree / "other")
    (home / "inside").symlink_to(home / "cats")
    (home / "circle").symlink_to(home / "circle")
    (home / os.fsdecode(b"\xff")).mkdir()
    (home / "cats").rename(home / "c\u3000ts")
    (home / "cats").mkdir()
    assert browse.listing(home, [home]).folders == ("Birds", "cats", "c\u3000ts", "inside")
