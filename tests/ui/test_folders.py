"""Browse goes on from a folder that is not there any more."""

from streamlit.testing.v1 import AppTest

from labeller.ui.frame.text import escape


def page():
    from labeller.data.browse import roots
    from labeller.ui.widgets.folders import choose_path

    choose_path("source", roots(), placeholder="", help="")


def test_a_folder_that_went_away_is_told_and_left(tmp_path, monkeypatch):
    monkeypatch.setenv("LABELLER_FOLDERS", str(tmp_path))
    (tmp_path / "cats").mkdir()
    app = AppTest.from_function(page).run()
    (cats,) = [button for button in app.button if button.label == "cats"]
    (tmp_path / "cats").rmdir()
    app = cats.click().run()
    assert not app.exception
    assert "cannot be read" in app.warning[0].value
    assert escape(str(tmp_path)) in app.markdown[0].value
    assert not app.run().warning
