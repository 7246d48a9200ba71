"""A published server in a real browser, with a real provider: sign in, answer, sign out."""

import shutil

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from labeller import service
from labeller.experiments.attacks.proxy import behind_nginx
from labeller.experiments.attacks.server import Server, provider_of_sign_ins, published
from labeller.records import Answer
from tests.browser.label_page import all_saved, open_label
from tests.support import PATIENCE, stop_workers

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(trained_workspace, tmp_path_factory):
    workspace = tmp_path_factory.mktemp("published") / "workspace"
    shutil.copytree(trained_workspace, workspace)
    store = service.open_store(workspace)
    service.give_role(store, "ann@example.org", "annotator")
    service.give_role(store, "vic@example.org", "viewer")
    service.give_role(store, "olga@example.org", "owner")
    last = service.cards(store, "digits")[-1].node
    service.answer(store, "digits", last, Answer("label", 7, 0.9))
    with provider_of_sign_ins() as provider, published(workspace, provider) as running:
        yield running
    stop_workers(workspace)


@pytest.fixture(scope="module")
def behind(server, trained_workspace, tmp_path_factory):
    """The same behind nginx, as examples/publish configures it."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is missing; on Debian or Ubuntu: apt-get install nginx")
    workspace = tmp_path_factory.mktemp("proxied") / "workspace"
    shutil.copytree(trained_workspace, workspace)
    service.give_role(service.open_store(workspace), "ann@example.org", "annotator")
    with behind_nginx(workspace, server.provider) as proxy:
        yield proxy.server
    stop_workers(workspace)


@pytest.fixture
def tab(chromium: Browser, server: Server):
    """A browser without cookies."""
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, ignore_https_errors=True
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    expect.set_options(timeout=PATIENCE * 1000)
    yield page
    context.close()


def sign_in(tab: Page, server: Server, person: str) -> None:
    """As a person does, who is known to the provider by their address."""
    httpx.put(f"{server.provider}/users/{person}", json={"email": person, "name": "The Boss"})
    tab.goto(server.origin)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_placeholder("sub").fill(person)
    tab.get_by_role("button", name="Authorize").click()
    expect(tab.locator("[data-testid=stSidebar]")).to_contain_text(f"Signed in as {person}")


def test_an_annotator_signs_in_answers_by_name_and_signs_out_for_good(tab, chromium, server):
    tab.goto(f"{server.origin}/label?project=digits")
    expect(tab.get_by_text("Sign in to see the projects.")).to_be_visible()
    expect(tab.locator(".tile")).to_have_count(0)
    sign_in(tab, server, "ann@example.org")
    expect(tab.locator("[data-testid=stSidebar]")).to_contain_text("annotator")
    open_label(tab, server.origin)
    tab.keyboard.press("3")
    all_saved(tab)
    store = service.open_store(server.workspace)
    (_, said) = service.answers(store, "digits")
    assert (said.expert, said.label) == ("ann@example.org", 3)
    assert [act.verb for act in service.activity_log(store)][-1] == "answer"

    stolen = tab.context.cookies()
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url(f"{server.provider}/**")
    thief = chromium.new_context()
    thief.add_cookies(stolen)
    other = thief.new_page()
    other.goto(f"{server.origin}/label?project=digits")
    expect(other.get_by_text("You have signed out.")).to_be_visible()
    expect(other.locator(".tile")).to_have_count(0)
    thief.close()


def test_a_viewer_looks_and_is_offered_nothing_that_would_be_refused(tab, server):
    sign_in(tab, server, "vic@example.org")
    expect(tab.get_by_text("Owners make projects.")).to_be_visible()
    expect(tab.get_by_text("New project")).to_have_count(0)
    expect(tab.get_by_test_id("stBaseButton-primary")).to_contain_text("Open")
    expect(tab.locator("[data-testid=stPopover]")).to_have_count(0)
    tab.goto(f"{server.origin}/label?project=digits")
    expect(tab.get_by_text("You may look, and not answer")).to_be_visible()
    for page in ("train", "review", "audit", "explore", "results", "compare", "export"):
        tab.goto(f"{server.origin}/{page}?project=digits")
        expect(tab.locator("h1")).to_contain_text(page.capitalize())
        expect(
            tab.locator("[data-testid=stApp][data-test-script-state=notRunning]")
        ).to_be_visible()
        expect(tab.locator("[data-testid=stException]")).to_have_count(0)


def test_who_has_no_role_is_told_so_and_sees_nothing(tab, server):
    sign_in(tab, server, "eve@example.org")
    expect(tab.get_by_text("has no role in this workspace")).to_be_visible()
    expect(tab.get_by_text("digits")).to_have_count(0)
    # Given one, they need not sign in again.
    service.give_role(service.open_store(server.workspace), "eve@example.org", "viewer")
    tab.reload()
    expect(tab.get_by_test_id("stBaseButton-primary")).to_contain_text("Open")


def test_an_owner_downloads_what_is_made_at_the_press_of_a_button(tab, server):
    """The file is made outside of any page run, in the hands of whoever pressed."""
    sign_in(tab, server, "olga@example.org")
    tab.goto(f"{server.origin}/export?project=digits")
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download the report").click()
    assert download.value.suggested_filename == "digits-report.html"
    assert b"digits" in download.value.path().read_bytes()


def test_behind_nginx_an_answer_is_given_over_tls(tab, behind):
    tab.goto(behind.origin)
    sign_in(tab, behind, "ann@example.org")
    open_label(tab, behind.origin)
    tab.keyboard.press("5")
    all_saved(tab)
    (said,) = service.answers(service.open_store(behind.workspace), "digits")
    assert (said.expert, said.label) == ("ann@example.org", 5)
    assert all(cookie["secure"] for cookie in tab.context.cookies(behind.origin))
