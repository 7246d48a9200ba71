"""Each attack on a real published server is stopped."""

import shutil
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from labeller.experiments.attacks import proxy
from labeller.experiments.attacks.run import ATTACKS, attacked
from labeller.experiments.attacks.session import opened
from labeller.experiments.attacks.sessions import PAGES
from tests.support import stop_workers
from tests.test_server_without_torch import mapped

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    """A server, its people, and nginx before another one."""
    folder = tmp_path_factory.mktemp("attacks")
    with ExitStack() as stack:
        yield attacked(folder, stack)
    for workspace in ("workspace", "behind nginx"):
        stop_workers(folder / workspace)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.run.__name__)
def test_it_is_stopped(target, attack):
    if attack.kind == proxy.KIND and not shutil.which("nginx"):
        pytest.skip("nginx is missing; on Debian or Ubuntu: apt-get install nginx")
    assert attack.run(target)


def test_there_are_many_and_each_has_a_name_of_its_own():
    assert len(ATTACKS) >= 60
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_the_published_server_maps_no_torch(target):
    for page in PAGES:
        with opened(target.server, target.person("owner")) as tab:
            tab.run(page)
    (server,) = psutil.Process(target.server.process.pid).children()
    assert mapped(server.pid) == set()
