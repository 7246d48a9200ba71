"""`labeller train --loss-weights`: a file is found from where the command is given."""

from pathlib import Path

import pytest

from labeller.cli.rounds import _file_or_word


def test_a_file_is_named_whole_and_a_word_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.pth").touch()
    assert _file_or_word("mine.pth") == str(tmp_path / "mine.pth")
    assert _file_or_word("torchvision") == "torchvision"
    assert _file_or_word(None) is None
