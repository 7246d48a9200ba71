"""The log: what is unconfirmed, what failed, and when it is called unsaved."""

import pytest

pytestmark = pytest.mark.browser

TWO = "const log = new Log('s'); log.log({ kind: 'a' }); log.log({ kind: 'b' });"
HEAR = "const hear = (n, failed = []) => log.receive({ applied: { [log.client]: n }, failed });"


@pytest.mark.parametrize(
    ("applied", "left"), [(0, ["a", "b"]), (1, ["b"]), (2, []), (9, [])], ids=str
)
def test_entries_stay_until_their_number_is_confirmed(js, applied, left):
    body = f"{TWO} {HEAR} return [hear(applied), log.pending.map((entry) => entry.kind)]"
    assert js(body, applied=applied) == [bool(left), left]


def test_what_another_client_sent_confirms_nothing(js):
    body = f"{TWO} return log.receive({{ applied: {{ other: 2 }}, failed: [] }})"
    assert js(body) is True


def test_what_the_server_says_is_kept(js):
    body = "const log = new Log('s'); log.receive({ applied: {}, failed: [], round: 3 });"
    assert js(f"{body} return log.server.round") == 3


def test_entries_are_numbered_from_one_and_say_who_answered(js):
    body = f"{TWO} log.expert = ' Ada '; log.log({{ kind: 'c' }}); log.expert = ' ';"
    body += "log.log({}); return log.pending.map((entry) => [entry.seq, entry.expert])"
    assert js(body) == [[1, "me"], [2, "me"], [3, "Ada"], [4, "me"]]


def test_the_expert_is_the_one_who_answered_last_time(js):
    assert js("keep('expert', 'Ada'); return new Log('s').expert") == "Ada"


def test_clients_have_different_names(js):
    assert js("return new Log('s').client !== new Log('s').client") is True


def test_a_failure_of_this_client_is_told_once(js):
    failure = "{ client: log.client, seq: 1, message: 'no' }"
    body = (
        f"{TWO} {HEAR} hear(1, [{failure}, {{ client: 'other', seq: 7 }}]); hear(1, [{failure}]);"
    )
    assert js(f"{body} return log.failed.map((each) => each.message)") == ["no"]


def test_a_failed_entry_goes_to_the_end_of_the_log(js):
    body = f"{TWO} {HEAR} const [first] = log.pending;"
    body += "hear(1, [{ client: log.client, seq: 1, entry: first }]); log.retry();"
    body += "return [log.failed.length, log.pending.map((entry) => [entry.seq, entry.kind])]"
    assert js(body) == [0, [[2, "b"], [3, "a"]]]


def test_what_was_no_entry_is_not_sent_again(js):
    body = f"{TWO} {HEAR} hear(2, [{{ client: log.client, seq: 1, entry: null }}]); log.retry();"
    assert js(f"{body} return [log.failed.length, log.pending.length]") == [0, 0]


@pytest.mark.parametrize(
    ("waited", "state"), [(0, "saving"), (4000, "saving"), (4001, "slow")], ids=str
)
def test_what_the_server_does_not_confirm_is_called_unsaved_after_four_seconds(js, waited, state):
    body = f"{TWO} log.sent(); clock.now += waited; log.sent(); return log.saving()"
    assert js(body, waited=waited) == state


def test_what_the_server_cannot_save_is_called_unsaved_at_once_until_it_can(js):
    body = f"{TWO} log.sent(); const hear = (n, waiting) =>"
    body += " log.receive({ applied: { [log.client]: n }, failed: [], waiting });"
    body += "hear(0, 'full'); const before = [log.saving(), log.waiting]; hear(1, '');"
    assert js(f"{body} return [...before, log.saving()]") == ["slow", "full", "saving"]


def test_a_confirmation_starts_the_wait_anew(js):
    body = f"{TWO} {HEAR} log.sent(); clock.now += 4001; hear(1);"
    assert js(f"{body} return log.saving()") == "saving"


def test_no_news_of_an_entry_does_not_start_the_wait_anew(js):
    body = f"{TWO} {HEAR} log.sent(); clock.now += 4001; hear(0);"
    assert js(f"{body} return log.saving()") == "slow"


def test_with_nothing_left_there_is_no_waiting(js):
    body = f"{TWO} {HEAR} log.sent(); hear(2); clock.now += 4001; log.log({{}}); log.sent();"
    assert js(f"{body} return log.saving()") == "saving"


def test_all_confirmed_is_saved_and_a_failure_is_failed(js):
    failure = "{ client: log.client, seq: 2 }"
    body = f"{TWO} {HEAR} hear(2); const before = log.saving(); hear(2, [{failure}]);"
    assert js(f"{body} return [before, log.saving()]") == ["saved", "failed"]


@pytest.mark.parametrize(
    ("applied", "failed", "state"),
    [
        ({"mine": 2}, [], "saved"),
        ({"mine": 1}, [], "saving"),
        ({"other": 2}, [], "saving"),
        ({"mine": 2}, [2], "saving"),
        ({"mine": 2}, [7], "saved"),
    ],
    ids=str,
)
def test_what_is_committed_is_saved_before_the_rest_is_heard(js, applied, failed, state):
    body = "const log = new Log('s'); log.client = 'mine'; log.log({}); log.log({}); log.sent();"
    body += "log.acknowledge({ applied, failed: failed.map((seq) => ({ client: 'mine', seq })) });"
    body += "return [log.saving(), log.pending.length]"
    assert js(body, applied=applied, failed=failed) == [state, 2]


def test_a_session_keeps_its_model(js):
    body = "const model = modelOf('s', Log); return [modelOf('s', Log) === model, model.session,"
    assert js(f"{body} modelOf('other', Log) === model]") == [True, "s", False]
