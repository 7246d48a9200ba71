"""Who may do what on a published server: every verb, for every role, and in whose name."""

import inspect
import time

import pytest

from labeller import service
from labeller.errors import NotAllowedError, NotFoundError, StateError
from labeller.records import ROLES, Actor, Answer
from labeller.service.roles import NEEDS, guarded
from labeller.store import activity

PUBLIC = sorted(
    name
    for name, verb in vars(service).items()
    if inspect.isfunction(verb) and not name.startswith("_")
)
TO_ALL_WHO_SIGN_IN = ("role", "may", "sign_out")  # what the page asks of whoever comes


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """A workspace, and it in the hands of somebody of each role, and of none."""
    store = service.open_store(tmp_path_factory.mktemp("roles"))
    held = {role: store.acting_as(Actor(f"{role}@example.org")) for role in ROLES}
    for role, each in held.items():
        service.give_role(store, each.actor.name, role)
    return {**held, "nobody": store.acting_as(Actor("nobody@example.org"))}


@pytest.mark.parametrize("role", ["nobody", *ROLES])
@pytest.mark.parametrize("verb", PUBLIC)
def test_every_verb_asks_for_its_role(people, verb, role):
    """A verb that lets somebody in complains of the argument; one that does not, of the role."""
    order = ("nobody", *ROLES)
    needed = NEEDS[verb]
    if needed == "anybody":
        return
    let_in = verb in TO_ALL_WHO_SIGN_IN or order.index(role) >= order.index(needed)
    with pytest.raises(TypeError if let_in else NotAllowedError, match="no_such" if let_in else ""):
        getattr(service, verb)(people[role], no_such_argument=1)


def test_a_verb_without_a_role_and_a_role_without_a_verb_are_refused():
    def shiny(store):
        """A verb that somebody added."""

    with pytest.raises(LookupError, match="shiny"):
        guarded({**vars(service), "shiny": shiny})
    fewer = {name: verb for name, verb in vars(service).items() if name != "train"}
    with pytest.raises(LookupError, match="train"):
        guarded(fewer)


def test_the_person_at_this_computer_is_not_asked(store):
    assert store.actor is None
    assert service.role(store) == "owner"
    assert service.may(store, "delete_project")
    service.answer(store, "digits", service.cards(store, "digits")[0].node, Answer("label", 1, 0.9))
    assert service.activity_log(store) == []


def test_an_annotator_answers_in_their_own_name_and_undoes_only_their_own(store):
    ann, ben = _people(store, "annotator", "ann@x.org", "ben@x.org")
    node = service.cards(ann, "digits")[0].node
    said = service.answer(ann, "digits", node, Answer("label", 1, 0.9), expert="ben@x.org")
    assert [one.expert for one in service.answers(store, "digits")] == ["ann@x.org"]
    with pytest.raises(NotFoundError):
        service.undo(ben, "digits", answer=said.number)
    with pytest.raises(NotFoundError):
        service.undo(ben, "digits", answer=said.number, expert="ann@x.org")
    (owner,) = _people(store, "owner", "olga@x.org")
    service.undo(owner, "digits", answer=said.number)
    assert service.answers(store, "digits") == []


def test_a_role_counts_from_the_moment_that_it_is_given_or_taken(store):
    (ann,) = _people(store, "viewer", "ann@x.org")
    with pytest.raises(NotAllowedError, match=r"add class is for annotators, and ann@x.org is a v"):
        service.add_class(ann, "digits", "ten")
    service.give_role(store, "Ann@X.org ", "annotator")
    service.add_class(ann, "digits", "ten")
    service.take_role(store, "ann@x.org")
    with pytest.raises(NotAllowedError, match="no role in this workspace"):
        service.classes(ann, "digits")
    service.give_role(store, "everybody", "viewer")
    assert service.role(ann) == "viewer"


def test_only_sensible_roles_are_given(store):
    with pytest.raises(ValueError, match="one of viewer, annotator, owner, got king"):
        service.give_role(store, "ann@x.org", "king")
    with pytest.raises(ValueError, match="everybody cannot be owner"):
        service.give_role(store, "everybody", "owner")
    with pytest.raises(ValueError, match="printable"):
        service.give_role(store, "\x1b[2J", "viewer")
    with pytest.raises(NotAllowedError, match="has no role here"):
        service.take_role(store, "ann@x.org")


def test_a_sign_in_ends_when_its_person_says_so_or_by_itself(store):
    service.give_role(store, "ann@x.org", "owner")
    first = store.acting_as(Actor("ann@x.org", session="a" * 64))
    second = store.acting_as(Actor("ann@x.org", session="b" * 64))
    old = store.acting_as(Actor("ann@x.org", session="c" * 64, until=time.time() - 1))
    service.sign_out(first)
    service.sign_out(first)
    for ended in (first, old):
        with pytest.raises(NotAllowedError, match="sign in again"):
            service.projects(ended)
    assert service.projects(second)


def test_what_people_do_is_noted_and_what_is_refused_too(store):
    (ann,) = _people(store, "annotator", "ann@x.org")
    node = service.cards(ann, "digits")[0].node
    service.answer(ann, "digits", node, Answer("label", 2, 0.5))
    with pytest.raises(NotAllowedError):
        service.delete_project(ann, "digits")
    given, said, refused = service.activity_log(store)
    assert (given.person, given.verb, given.about) == (
        "this computer", "give_role", "name=ann@x.org role=annotator",
    )  # fmt: skip
    assert (said.person, said.verb, said.project, said.done) == (
        "ann@x.org", "answer", "digits", True,
    )  # fmt: skip
    assert f"node={node}" in said.about
    assert "label=2" in said.about
    assert (refused.verb, refused.done) == ("delete_project", False)


def test_a_log_of_acts_that_cannot_be_written_undoes_no_act(store, caplog):
    (store.folder / activity.NAME).mkdir()
    service.give_role(store, "ann@x.org", "annotator")
    assert [member.name for member in service.members_of(store)] == ["ann@x.org"]
    assert "could not be noted" in caplog.text


def test_the_log_of_acts_stays_bounded(store, monkeypatch):
    monkeypatch.setattr(activity, "LARGEST", 2000)
    for number in range(200):
        activity.note(
            store.folder, "ann@x.org", "answer", "digits", f"number {number}\n" * 99, True
        )
    files = sorted(store.folder.glob("activity.jsonl*"))
    assert len(files) == 1 + activity.KEPT
    assert sum(file.stat().st_size for file in files) < 6 * 2600
    kept = service.activity_log(store)
    assert 10 < len(kept) < 50
    assert [act.at for act in kept] == sorted(act.at for act in kept)
    assert kept[-1].about.startswith("number 199")
    files[0].write_text('{"at": "never"}\nno json\n')
    assert len(service.activity_log(store)) < len(kept)


def test_folders_of_the_server_are_read_only_below_the_roots(store, tmp_path, monkeypatch):
    (ann,) = _people(store, "owner", "ann@x.org")
    inside, outside = tmp_path / "images" / "set", tmp_path / "private"
    for folder in (inside, outside):
        folder.mkdir(parents=True)
    (inside / "way out").symlink_to(outside)
    monkeypatch.delenv("LABELLER_FOLDERS", raising=False)
    assert service.folders(ann) == []
    refused = [
        inside,
        outside,
        store.folder / "labeller.db",
        store.folder / "uploads/../secrets.toml",
    ]
    for path in refused:
        with pytest.raises(NotAllowedError, match="outside of the folders"):
            service.create_project(ann, "new", str(path))
    monkeypatch.setenv("LABELLER_FOLDERS", str(tmp_path / "images"))
    for path in (outside, inside / ".." / ".." / "private", inside / "way out"):
        with pytest.raises(NotAllowedError, match=r"outside .*images\)"):
            service.add_images(ann, "digits", str(path))
        with pytest.raises(NotAllowedError, match="outside"):
            service.load_project(ann, path / "x.labeller")
    with pytest.raises(NotAllowedError, match="outside"):
        service.create_project(ann, "new", "digits", encoder=f"file:{outside}/x.npy")
    assert service.create_project(ann, "new", str(inside)).name == "new"
    assert service.create_project(store, "mine", str(outside)).name == "mine"


def test_uploads_are_archives_and_fill_no_more_than_is_allowed(store, tmp_path):
    (ann,) = _people(store, "owner", "ann@x.org")
    with (tmp_path / "file").open("w+b") as stream:
        for name in ("list.csv", "page.html", "images.zip.svg", "../../x"):
            with pytest.raises(NotAllowedError, match="must end in"):
                service.save_upload(ann, name, stream)
        kept = service.save_upload(ann, "../../../etc/images.zip", stream)
        assert kept.parent.parent == store.folder / "uploads"
        (store.folder / "limits.toml").write_text("workspace_gb = 0.000001")
        with pytest.raises(StateError, match="may have 1e-06 GB, and this one has"):
            service.save_upload(ann, "images.zip", stream)
    (store.folder / "limits.toml").write_text("projects = 1")
    for verb in (service.create_project, service.duplicate_project):
        with pytest.raises(StateError, match="may have 1 projects, and this one has 1"):
            verb(ann, "digits" if verb is service.duplicate_project else "new", "digits")
    (store.folder / "limits.toml").write_text("projects = 0")
    with pytest.raises(StateError, match=r"limits\.toml cannot be understood: projects"):
        service.create_project(ann, "new", "digits")


def _people(store, role, *names):
    """The workspace in the hands of people of that role."""
    for name in names:
        service.give_role(store, name, role)
    return [store.acting_as(Actor(name)) for name in names]


def test_what_was_read_for_one_person_is_kept_for_all(store):
    (ann,) = _people(store, "viewer", "ann@x.org")
    assert ann == store
    assert hash(ann) == hash(store)
    assert service.open_store(store.folder) != store  # another process's may differ
    assert service.point_labels(ann, "digits") is service.point_labels(store, "digits")
