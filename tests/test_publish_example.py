"""examples/publish: the image is built as a linter likes it, and the services fit together."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PUBLISH = ROOT / "examples" / "publish"


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((PUBLISH / "compose.yaml").read_text())


def test_the_linter_of_dockerfiles_has_nothing_to_say():
    command = [Path(sys.executable).with_name("hadolint"), PUBLISH / "Dockerfile"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_is_built_from_files_that_there_are():
    lines = (PUBLISH / "Dockerfile").read_text().splitlines()
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    assert copied
    assert all((ROOT / name).exists() for name in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *(name.split("/")[0] for name in wheel["force-include"])}
    assert needed <= {name.rstrip("/") for name in copied}


def test_the_services_share_the_workspace_and_nobody_is_root(compose):
    services = compose["services"]
    assert set(services) == {"server", "worker", "proxy"}
    dockerfile = (PUBLISH / "Dockerfile").read_text()
    assert "USER 10001" in dockerfile
    for name in ("server", "worker"):
        assert services[name]["volumes"] == ["./workspace:/workspace"]
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["hostname"] == "labeller"
        assert "ports" not in services["worker"]
    assert services["worker"]["pid"] == "service:server"
    for source in services["proxy"]["volumes"]:
        path = source.partition(":")[0]
        assert path == "./certificates" or (PUBLISH / path).exists()
    context = PUBLISH / services["server"]["build"]["context"]
    assert context.resolve() == ROOT
    assert (context / services["server"]["build"]["dockerfile"]).exists()


@pytest.mark.parametrize("name", ["server", "worker"])
def test_the_containers_run_commands_that_there_are(compose, name):
    from tests.docs.reference import commands

    command = compose["services"][name]["command"]
    assert command[0] == "labeller"
    parameters = commands()[command[1]].params
    options = {each for one in parameters for each in (*one.opts, *one.secondary_opts)}
    assert {word for word in command if word.startswith("--")} <= options
    # The proxy looks for the server where it listens.
    if name == "server":
        host, port = (command[command.index(option) + 1] for option in ("--host", "--port"))
        assert f"server {host}:{port};" in (PUBLISH / "nginx.conf").read_text()


def test_the_example_of_secrets_has_what_is_checked():
    from labeller.ui.published.auth import OF_A_PROVIDER

    auth = tomllib.loads((PUBLISH / "secrets.example.toml").read_text())["auth"]
    assert {*OF_A_PROVIDER, "redirect_uri", "cookie_secret"} == set(auth)
    assert auth["cookie_secret"] == ""  # nobody runs with ours
