"""Where the label of one image comes from, for an image clicked or named on the Review page."""

import pandas as pd
import streamlit as st

from labeller import service
from labeller.config import PropagateConfig
from labeller.records import ProjectView, Provenance
from labeller.service import Store
from labeller.ui.frame.page import escape, image_grid, showing_errors
from labeller.ui.widgets.picker import PickerRow, picker

SIDE = 84  # pixels of the picture of an image
COLUMNS = {
    "round": st.column_config.NumberColumn("Round", format="%d", width="small"),
    "cluster": st.column_config.TextColumn("Cluster", width="small"),
    "class": st.column_config.TextColumn("Answer"),
    "expert": st.column_config.TextColumn("By", width="small"),
    "confidence": st.column_config.NumberColumn("Confidence", format="percent"),
    "distance": st.column_config.TextColumn(
        "Distance", help="From the cluster's centre, in the unit of the space of that round."
    ),
    "weight": st.column_config.ProgressColumn(
        "Weight", min_value=0.0, max_value=1.0, format="%.2f"
    ),
    "verdict": st.column_config.TextColumn(""),
}


def label_origin(
    store: Store, project: ProjectView, rows: list[PickerRow], config: PropagateConfig
) -> None:
    """Pictures to click, a field for a number or name, and the answers behind the chosen one."""
    key = f"origin {project.id}"

    def chosen(number: int) -> None:
        st.session_state[key] = str(number)

    now = str(st.session_state.get(key, "")).strip()
    picker(
        rows,
        f"picker {project.id}",
        chosen=int(now) if now.isdigit() else None,
        on_pick=chosen,
    )
    asked = st.text_input(
        "Where does a label come from?",
        key=key,
        placeholder="click a picture above, or type an image's number or file name",
        icon=":material/image_search:",
    )
    if asked.strip():
        with showing_errors():
            _show(store, project, service.provenance(store, project, asked, config))


def _show(store: Store, project: ProjectView, origin: Provenance) -> None:
    with st.container(border=True):
        picture, words = st.columns([1, 7], vertical_alignment="center")
        with picture:
            images = service.pictures(store, project, [origin.image], 2 * SIDE)
            image_grid(images, columns=1, scale=max(1, round(SIDE / images.shape[2])))
        with words:
            st.markdown(f"**{escape(origin.path)}** &nbsp; :gray[image {origin.image:,}]")
            st.markdown(sentence(origin))
        if origin.evidence:
            st.dataframe(evidence_table(origin), hide_index=True, column_config=COLUMNS)


def sentence(origin: Provenance) -> str:
    """What the image's label is and who gave it, in one line of Markdown."""
    place = f" It lies in cluster {origin.cluster} now." if origin.cluster else ""
    if origin.split == "test":
        return "Held out for testing: answers never give it a label."
    if origin.aside:
        return "Set aside: it gets no label, is not taught and is asked about no more."
    decider = next((one for one in origin.evidence if one.decides), None)
    if origin.label < 0 or decider is None:
        return f"No answer says anything about it yet.{place}"
    given_to = "a look at it on the card of" if decider.looked else "the answer about"
    if decider.answer.size is not None:
        given_to = "the answer about"
    against = sum(not one.agrees for one in origin.evidence)
    others = sum(one.agrees for one in origin.evidence) - 1
    parts = [
        f"**{escape(origin.name)}**, weight {origin.weight:.2f}, from {given_to}"
        f" {escape(decider.answer.about)} in round {decider.answer.round}."
    ]
    if others > 0:
        parts.append(f"{others} more {'answer agrees' if others == 1 else 'answers agree'}.")
    if against:
        parts.append(f"**{against} {'answer contradicts' if against == 1 else 'contradict'} it.**")
    return " ".join(parts) + place


def evidence_table(origin: Provenance) -> pd.DataFrame:
    """One row per answer that speaks of the image, in the order of the rounds."""
    return pd.DataFrame(
        [
            {
                "round": one.answer.round,
                "cluster": one.answer.node,
                "class": one.name,
                "expert": one.answer.expert,
                "confidence": one.answer.confidence,
                "distance": one.reached,
                "weight": one.weight,
                "verdict": "decides" if one.decides else "agrees" if one.agrees else "contradicts",
            }
            for one in origin.evidence
        ],
        columns=list(COLUMNS),
    )
