"""What each answer decides, what another confidence would change, and taking an answer back."""

from dataclasses import replace

import numpy as np
import streamlit as st

from labeller import service
from labeller.config import PropagateConfig
from labeller.records import Answer, Preview, ProjectView, Undoing
from labeller.service import Store
from labeller.ui.frame.page import escape, showing_errors
from labeller.ui.widgets.sprites import data_uri, is_photo


def decisions(
    store: Store, project: ProjectView, preview: Preview, config: PropagateConfig
) -> None:
    """One row an answer, and below it one answer, of any round, to take back or to change."""
    st.subheader("What each answer decides", anchor=False)
    _table(store, project, preview)
    current = service.current_round(store, project)
    if current is None:
        return
    given = service.answers(store, project)
    if not given:
        return
    names = {one.label: one.name for one in project.classes}
    by_number = {one.number: one for one in given}
    with st.container(border=True):
        left, right = st.columns([2, 3], gap="large", vertical_alignment="center")
        number = left.selectbox(
            "An answer",
            list(by_number),
            index=len(by_number) - 1,
            format_func=lambda each: (
                f"round {by_number[each].round}, {answer_words(by_number[each], names)}"
            ),
            key=f"deciding {project.id}",
        )
        chosen = by_number[number]
        if left.button("Take it back …", icon=":material/undo:", key="take back"):
            _confirm(store, project, chosen.number)
        with right:
            if chosen.kind != "label":
                st.caption("A confidence belongs to answers that name a class.")
            elif chosen.size is not None:
                st.caption("To be less sure of images that were selected, select them again.")
            elif chosen.round != current.number:
                st.caption(
                    f"Round {chosen.round} is finished: its answer can be taken back, and then"
                    " counts no more for the labels and the next retraining."
                )
            else:
                _confidence(store, project, preview, config, chosen)


def answer_words(given: Answer, names: dict[int, str]) -> str:
    """An answer in a line: cluster, class and confidence."""
    if given.kind == "label":
        name = names.get(given.label or 0, str(given.label))
        return f"{given.about}: {name}, {given.confidence:.0%} sure{mark_words(given)}"
    what = {"split": f"split into {given.split}", "skip": "skipped", "exclude": "set aside"}
    return f"{given.about}: {what[given.kind]}"


def mark_words(given: Answer) -> str:
    """The marks of an answer, to be added to its class; empty without."""
    if given.only:
        return f", only {len(given.only)} of its card"
    return f", all but {len(given.wrong)} of its card" if given.wrong else ""


def consequences(gone: Undoing, names: dict[int, str]) -> list[str]:
    """What goes with an answer, a sentence each, in Markdown."""
    found = [f"The answer *{escape(answer_words(gone.answer, names))}* is revoked."]
    if gone.followers:
        words = "; ".join(escape(answer_words(each, names)) for each in gone.followers)
        parts = "the parts of the split" if gone.answer.kind == "split" else "the rest of its card"
        found.append(f"So are the answers about {parts}: {words}.")
    elif gone.answer.kind == "split":
        found.append("The parts of the split are no longer asked about.")
    if gone.revived is not None:
        found.append(f"The earlier *{escape(answer_words(gone.revived, names))}* counts again.")
    counts = [
        (gone.unlabelled, "lose their label"),
        (gone.relabelled, "get another label"),
        (gone.reweighed, "keep their label with another weight"),
    ]
    changed = [f"{count:,} images {what}" for count, what in counts if count]
    found.append(f"{', '.join(changed)}." if changed else "No image's label changes.")
    if gone.propagated:
        found.append("The labels that were propagated since are dropped: propagate again.")
    return found


@st.dialog("Take this answer back?")
def _confirm(store: Store, project: ProjectView, number: int) -> None:
    with showing_errors():
        names = {one.label: one.name for one in project.classes}
        gone = service.undoing(store, project, number)
        st.markdown("\n".join(f"- {line}" for line in consequences(gone, names)))
        if st.button("Take it back", type="primary", icon=":material/undo:", key="really"):
            service.undo(store, project, answer=number)
            st.rerun()


def _confidence(
    store: Store,
    project: ProjectView,
    preview: Preview,
    config: PropagateConfig,
    chosen: Answer,
) -> None:
    """A slider that shows what another confidence would decide, before it is said."""
    said = round(100 * chosen.confidence)
    percent = st.slider(
        "If you were so sure of it",
        0,
        100,
        said,
        5,
        format="%d %%",
        key=f"confidence {project.id} {chosen.number}",
        help="Nothing is stored until you keep it.",
    )
    tried = preview
    if percent != said:
        tried = service.preview(store, project, config, confidences={chosen.number: percent / 100})
    (was, weighed), (now, weighs) = (_share(one, chosen.number) for one in (preview, tried))
    cells = st.columns(3, vertical_alignment="bottom")
    cells[0].metric("Images it decides", f"{now:,}", _change(now - was, "{:+,.0f}"))
    cells[1].metric("Sum of their weights", f"{weighs:,.0f}", _change(weighs - weighed, "{:+,.0f}"))
    if cells[2].button("Keep it", disabled=percent == said, key="keep confidence"):
        with showing_errors():
            surer = replace(chosen, confidence=percent / 100)
            service.answer(store, project, chosen.node, surer, expert=chosen.expert)
            st.rerun(scope="app")


def _share(preview: Preview, number: int) -> tuple[int, float]:
    mine = preview.source == number
    return int(mine.sum()), float(preview.weights[mine].sum())


def _change(amount: float, form: str) -> str | None:
    return form.format(amount) if round(amount) else None


def _table(store: Store, project: ProjectView, preview: Preview) -> None:
    table = preview.by_answer.copy()
    places = tuple(zip(table["round"].tolist(), table["node"].tolist(), strict=True))
    pictures = _pictures(store, str(store.folder), project.id, places)
    table.insert(0, "picture", [pictures.get(place, "") for place in places])
    table["confidence"] *= 100
    table["mean weight"] = table["weight"] / table["images"].clip(lower=1)
    table["asked"] = [
        f"round {number}, {node}"
        for number, node in zip(table["round"], table["node"], strict=True)
    ]
    st.dataframe(
        table[["picture", "name", "confidence", "images", "mean weight", "asked"]].sort_values(
            "images", ascending=False
        ),
        hide_index=True,
        row_height=44,
        height=min(44 * len(table) + 40, 480),
        column_config={
            "picture": st.column_config.ImageColumn("", width=60),
            "name": st.column_config.TextColumn("Class"),
            "confidence": st.column_config.NumberColumn("Confidence", format="%.0f%%"),
            "images": st.column_config.NumberColumn("Images", format="localized"),
            "mean weight": st.column_config.ProgressColumn(
                "Mean weight", min_value=0.0, max_value=1.0, format="%.2f"
            ),
            "asked": st.column_config.TextColumn("Cluster"),
        },
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _pictures(
    _store: Store, folder: str, project: int, places: tuple[tuple[int, str], ...]
) -> dict[tuple[int, str], str]:
    """What was shown of the clusters at `places` (round, node), as data addresses.

    Kept while the same answers decide: a slider changes their weights, not their pictures.
    """
    return {
        (number, node): data_uri(_large(image), photo=is_photo(image))
        for number, row in service.centres(_store, project)
        for node, image, _ in row
        if (number, node) in places
    }


def _large(image: np.ndarray) -> np.ndarray:
    """The picture enlarged without smoothing to about 64 pixels."""
    factor = max(1, 64 // image.shape[1])
    return image.repeat(factor, axis=0).repeat(factor, axis=1)
