"""`labeller ui --host`: nobody is let in by mistake, and what is wrong is said beforehand."""

import pytest

from labeller import service
from labeller.cli import publishing
from labeller.errors import StateError

GOOD = {
    "redirect_uri": "https://labels.example.org/oauth2callback",
    "cookie_secret": "0" * 64,
    "client_id": "labeller",
    "client_secret": "s",
    "server_metadata_url": "https://id.example.org/.well-known/openid-configuration",
}


@pytest.fixture(autouse=True)
def _no_other_secrets(tmp_path, monkeypatch):
    """Neither the home folder's nor the present one's."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def write(folder, auth, mode=0o600):
    file = folder / "secrets.toml"
    lines = ["[auth]", *(f'{key} = "{value}"' for key, value in auth.items())]
    file.write_text("\n".join(lines))
    file.chmod(mode)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "10.0.0.1"])
def test_beyond_this_computer_it_needs_a_sign_in_or_to_be_told(tmp_path, host):
    with pytest.raises(StateError, match="nobody would have to sign in: write an"):
        publishing.publish(tmp_path, host, insecure=False)
    open_to_all = publishing.publish(tmp_path, host, insecure=True)
    assert (open_to_all.origin, open_to_all.auth) == ("", None)
    write(tmp_path, GOOD)
    assert publishing.publish(tmp_path, host, insecure=False).origin == "https://labels.example.org"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_this_computer_nothing_changes_unless_there_is_a_sign_in(tmp_path, host):
    assert publishing.publish(tmp_path, host, insecure=False) is None
    write(tmp_path, GOOD)
    assert publishing.publish(tmp_path, host, insecure=False).auth.file == tmp_path / "secrets.toml"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cookie_secret": "secret"}, "cookie_secret .* must have 32 characters or more, got 6"),
        ({"redirect_uri": ""}, "redirect_uri .* must be the address of this server"),
        ({"redirect_uri": "https://a.org/callback"}, "redirect_uri .* such as https://labels"),
        ({"redirect_uri": "http://a.org/oauth2callback"}, "must begin with https://"),
        ({"redirect_uri": "https://{port}/oauth2callback"}, "redirect_uri"),
        ({"client_id": " "}, r"client_id is missing in \[auth\]"),
        ({"server_metadata_url": ""}, "server_metadata_url is missing"),
    ],
)
def test_an_auth_with_which_nobody_could_sign_in_is_refused(tmp_path, changes, message):
    write(tmp_path, GOOD | changes)
    with pytest.raises(StateError, match=message) as refused:
        publishing.publish(tmp_path, "0.0.0.0", insecure=False)
    assert "\n" not in str(refused.value)


def test_providers_by_name_are_each_checked_and_others_must_not_read_the_file(tmp_path):
    shared = {key: GOOD[key] for key in ("redirect_uri", "cookie_secret")}
    write(tmp_path, shared)
    with pytest.raises(StateError, match="client_id is missing"):
        publishing.publish(tmp_path, "0.0.0.0", insecure=False)
    file = tmp_path / "secrets.toml"
    file.write_text(file.read_text() + '\n[auth.google]\nclient_id = "a"\n')
    with pytest.raises(StateError, match=r"client_secret is missing in \[auth\.google\]"):
        publishing.publish(tmp_path, "0.0.0.0", insecure=False)
    file.write_text(file.read_text() + 'client_secret = "b"\nserver_metadata_url = "https://c"\n')
    assert publishing.publish(tmp_path, "0.0.0.0", insecure=False)
    file.chmod(0o644)
    with pytest.raises(StateError, match="chmod 600"):
        publishing.publish(tmp_path, "0.0.0.0", insecure=False)
    file.write_text("[auth")
    with pytest.raises(StateError, match="cannot be understood"):
        publishing.publish(tmp_path, "0.0.0.0", insecure=False)


def test_the_command_says_it_in_one_line_and_starts_nothing(command, empty_workspace):
    done = command("ui", "--host", "0.0.0.0", "--no-browser", "--workspace", empty_workspace)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "nobody would have to sign in" in done.err
    assert command("ui", "--insecure", "--workspace", empty_workspace).code == 2


def test_roles_and_acts_by_command(command, empty_workspace, monkeypatch):
    monkeypatch.setenv("LABELLER_WORKSPACE", str(empty_workspace))
    assert command("roles", "give", "Ann@x.org", "owner").code == 0
    assert command("roles", "give", "everybody", "viewer").code == 0
    assert "ann@x.org" in command("roles", "list").out
    assert command("roles", "give", "ann@x.org", "king").code == 2
    assert command("roles", "take", "everybody").code == 0
    (ann,) = service.members_of(service.open_store(empty_workspace))
    assert (ann.name, ann.role) == ("ann@x.org", "owner")
    assert command("activity", "--json").out.count("give_role") == 2
    assert "take_role" in command("activity", "--last", 1).out
    assert "take_role" not in command("activity", "--person", "x").out
