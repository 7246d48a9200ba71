"""What a worker that the app starts is told."""

import os

from labeller.service.jobs import _environment


def test_method_files_are_named_from_the_root(tmp_path, monkeypatch):
    """The worker runs in the workspace: a relative name would be looked for there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABELLER_METHODS", os.pathsep.join(["mine.py", "", "/methods/other.py"]))
    expected = os.pathsep.join([str(tmp_path / "mine.py"), "/methods/other.py"])
    assert _environment()["LABELLER_METHODS"] == expected
    monkeypatch.delenv("LABELLER_METHODS")
    assert _environment()["LABELLER_METHODS"] == ""
    assert _environment()["PATH"] == os.environ["PATH"]
