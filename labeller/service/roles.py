"""Who may do what: the verbs of the service by the role that they need, checked at every call.

Whoever runs `labeller` on this computer owns the workspace and is never asked. A store that a page
gives to somebody else (`Store.acting_as`) is checked here, whatever the page shows: the role, the
sign-in, and under whose name something is said. What changes something is noted.
"""

import functools
import inspect
import time
from collections.abc import Callable, Mapping
from typing import Any

from labeller.errors import NotAllowedError
from labeller.records import ROLES, Actor, ActView, MemberView, ProjectView, Role
from labeller.store import Store, activity
from labeller.store import members as rows

# Verbs by the least role. `anybody`: they tell nothing of a workspace, or want its folder, which
# is for whoever has it.
VERBS: Mapping[str, str] = {
    "anybody": "backups export_formats first_rounds folder_formats open_store recover sources "
    "with_blanks",
    "viewer": "active_job answers audit audit_report audit_sizes budget card cards centres classes "
    "classifier_archive classifier_left_out cluster_counts comparable comparison comparison_arrays "
    "comparison_records comparison_runs comparisons confusion current_round curve devices "
    "doubtful_images drawn_maps ensure_worker evaluate export_labels find_images folders "
    "guidelines has_comparison image_labels image_names images images_of images_of_answer job jobs "
    "label_issues label_orders labelling labels_table last_job may members methods moving_map "
    "nearest_images newest_answer open_round original people per_class pictures point_labels "
    "points predictions preview project projects provenance report_html results role rounds "
    "set_aside sign_out stored_answer true_classes undoing verify wait",
    "annotator": "add_class answer answer_audit label_images propagate request_map undo undo_audit",
    "owner": "activity_log add_images begin_demo cancel compare continue_comparison create_project "
    "delete_comparison delete_project draw_audit duplicate_project export_classifier give_role "
    "load_project members_of merge_class predict prepare_classifier recluster rename_class "
    "rename_comparison rename_project repair resume retrain save_project save_upload set_guideline "
    "set_people_per_card split_class take_role train train_in_steps write_report",
}
NEEDS = {verb: role for role, verbs in VERBS.items() for verb in verbs.split()}
# Whatever they need, they change nothing that anybody else sees, so that nothing is noted.
_QUIET = {verb for verb, role in NEEDS.items() if role in ("anybody", "viewer")} | {
    "activity_log",
    "members_of",
}
_OF_ALL = ("role", "may", "sign_out")  # what a page asks of whoever comes


def guarded(verbs: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    """The public functions among `verbs`, each behind the check of its role.

    Raises LookupError for one that has no role, and for a role of none.
    """
    found = {
        name: verb
        for name, verb in verbs.items()
        if inspect.isfunction(verb) and not name.startswith("_")
    }
    if unequal := set(found) ^ set(NEEDS):
        raise LookupError(f"verbs without a role, or roles without a verb: {sorted(unequal)}")
    return {name: _behind(name, verb) for name, verb in found.items() if NEEDS[name] != "anybody"}


def role(store: Store) -> Role | None:
    """The role of whoever acts; None for a person who has none.

    Raises NotAllowedError where the sign-in has ended.
    """
    actor = store.actor
    if actor is None:
        return "owner"
    if actor.role is not None:
        return actor.role
    found, ended = rows.role_of(store, actor.name, actor.session)
    if ended or actor.until < time.time():
        raise NotAllowedError("your sign-in has ended; sign in again")
    return next((each for each in ROLES if each == found), None)


def may(store: Store, verb: str) -> bool:
    """Whether whoever acts may call that verb."""
    return _reaches(role(store), NEEDS[verb])


def members_of(store: Store) -> list[MemberView]:
    """All who have a role in the workspace, by name."""
    return rows.members(store)


def give_role(store: Store, name: str, role: str) -> None:
    """Gives a person a role: `name` is the e-mail address that they sign in with, or `everybody`.

    Raises ValueError for another role, a name of no length, and for everybody as owner.
    """
    name = name.strip().lower()
    if role not in ROLES:
        raise ValueError(f"a role must be one of {', '.join(ROLES)}, got {role}")
    if not 1 <= len(name) <= 200 or not name.isprintable():
        raise ValueError(f"a name must have 1 to 200 printable characters, got {name!r}")
    if name == "everybody" and role == "owner":
        raise ValueError("everybody cannot be owner; name the people who are")
    rows.give(store, name, next(each for each in ROLES if each == role))
    _note_here(store, "give_role", f"name={name} role={role}")


def take_role(store: Store, name: str) -> None:
    """Takes a person's role; raises NotAllowedError for a person who has none."""
    name = name.strip().lower()
    if name not in {member.name for member in rows.members(store)}:
        raise NotAllowedError(f"{name} has no role here; `labeller roles list` names who has")
    rows.give(store, name, None)
    _note_here(store, "take_role", f"name={name}")


def sign_out(store: Store) -> None:
    """Ends the sign-in of whoever acts: its cookie is worth nothing from now on."""
    if store.actor is not None and store.actor.session:
        rows.end_session(store, store.actor.session)


def activity_log(store: Store) -> list[ActView]:
    """Who did what on the published server, oldest first, as far as the log reaches back."""
    return list(activity.acts(store.folder))


def _behind(name: str, verb: Callable[..., Any]) -> Callable[..., Any]:
    """The verb, checked and noted where somebody acts who is not the person at this computer."""
    needed, parameters = NEEDS[name], inspect.signature(verb).parameters

    @functools.wraps(verb)
    def call(store: Store, *given: Any, **named: Any) -> Any:
        actor = store.actor
        if actor is None:
            return verb(store, *given, **named)
        done = False
        try:
            _check(store, actor, name, needed)
            if "expert" in parameters and name not in _QUIET:
                named = _in_own_name(actor, parameters["expert"].default, role(store), named)
            result = verb(store, *given, **named)
            done = True
            return result
        finally:
            if name not in _QUIET:
                values = dict(zip(list(parameters)[1:], given, strict=False)) | named
                activity.note(store.folder, actor.name, name, *_about(values), done)

    return call


def _check(store: Store, actor: Actor, name: str, needed: str) -> None:
    """Raises NotAllowedError unless the actor's role reaches what is needed."""
    if name in _OF_ALL:
        return
    has = role(store)
    if _reaches(has, needed):
        return
    if has is None:
        raise NotAllowedError(f"{actor.name} has no role in this workspace; ask an owner for one")
    raise NotAllowedError(
        f"{name.replace('_', ' ')} is for {needed}s, and {actor.name} is {_a(has)}; ask an owner"
    )


def _reaches(has: Role | None, needed: str) -> bool:
    order = ("anybody", *ROLES)
    return has is not None and order.index(has) >= order.index(needed)


def _in_own_name(
    actor: Actor, default: object, has: Role | None, named: dict[str, Any]
) -> dict[str, Any]:
    """The arguments with the actor's own name as the expert's.

    An owner may leave it open where that is possible: then anybody's answer is undone.
    """
    if actor.role is not None:  # nobody signs in: names are what people type
        return named
    if default is None and has == "owner" and named.get("expert") is None:
        return named
    return {**named, "expert": actor.name}


def _about(values: Mapping[str, Any]) -> tuple[str, str]:
    """The project that the arguments name, and the rest of them in a few words."""
    project = values.get("project", "")
    name = project.name if isinstance(project, ProjectView) else str(project)
    rest = {key: value for key, value in values.items() if key not in ("project", "report")}
    plain = (str, int, float, tuple, list, dict)
    words = [
        f"{key}={str(value) if isinstance(value, plain) else repr(value)[:120]}"
        for key, value in rest.items()
        if value is not None and not hasattr(value, "read")
    ]
    return name, " ".join(" ".join(words).split())


def _note_here(store: Store, verb: str, about: str) -> None:
    """Notes what is done to roles by command; what people on the server do is noted anyway."""
    if store.actor is None:
        activity.note(store.folder, "this computer", verb, "", about, True)


def _a(role: str) -> str:
    return f"an {role}" if role[0] in "ao" else f"a {role}"
