"""What a worker that the app starts is told."""

import os

from labeller import service
from labeller.jobs.catalogue import write_catalogue
from labeller.service.jobs import _environment, catalogued


def test_method_files_are_named_from_the_root(tmp_path, monkeypatch):
    """The worker runs in the workspace: a relative name would be looked for there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABELLER_PLUGINS", os.pathsep.join(["mine.py", "", "/methods/other.py"]))
    expected = os.pathsep.join([str(tmp_path / "mine.py"), "/methods/other.py"])
    assert _environment()["LABELLER_PLUGINS"] == expected
    monkeypatch.delenv("LABELLER_PLUGINS")
    assert _environment()["LABELLER_PLUGINS"] == ""
    assert _environment()["PATH"] == os.environ["PATH"]


def test_a_catalogue_that_lacks_a_method_file_is_written_anew(tmp_path, monkeypatch):
    store = service.open_store(tmp_path / "workspace")
    assert not catalogued(store)
    write_catalogue(store)
    assert catalogued(store)
    monkeypatch.setenv("LABELLER_PLUGINS", str(tmp_path / "mine.py"))
    assert not catalogued(store)
    write_catalogue(store)
    assert catalogued(store)
    monkeypatch.delenv("LABELLER_PLUGINS")
    assert catalogued(store), "a worker elsewhere may know more files than this process"
