"""`labeller ask` shows answers that are doubted, and `labeller answer` settles them."""

import json

from labeller import service
from labeller.records import LabelIssueView


def test_a_doubted_answer_is_asked_again_and_settled(labeller, asking_workspace, monkeypatch):
    assert labeller("answer", "digits", "1", "--label", "3").code == 0
    assert "Please check" not in labeller("ask", "digits").err
    issue = LabelIssueView("1", 3, 5, 0.8, "Please check 3: what is around it points to 5.")
    for verb in ("asking", "answering"):
        monkeypatch.setattr(f"labeller.service.{verb}.label_issues_of", lambda _, **_kept: [issue])
    assert f"1: {issue.reason}" in labeller("ask", "digits").err
    cards = json.loads(labeller("ask", "digits", "--json").out)
    assert {card["node"]: card["check"] for card in cards if card["check"]} == {"1": issue.reason}
    assert labeller("answer", "digits", "1", "--label", "5").code == 0
    store = service.open_store(asking_workspace)
    assert [(a.label, a.checked) for a in service.answers(store, "digits")] == [
        (3, False),
        (5, True),
    ]
    store.close()
