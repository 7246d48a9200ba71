"""How far the labelling of a round is, in cards and in images."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from labeller.records import Labelling
from labeller.store import answers as tree
from labeller.store.schema import Answer, Project, Round


def labelling_of(session: Session, project: Project, round_: Round) -> Labelling:
    """Counts of the round's live cards by what was answered about them."""
    given = tree.of_round(session, project.id, round_.number)
    standing = tree.standing(given)
    nodes = tree.nodes_of_round(session, project.id, round_.number)
    leaves, rests = tree.live_nodes(nodes, standing), tree.answered_rests(nodes, standing)
    labelled = skipped = images_labelled = images_skipped = 0
    for node in leaves:
        answer = standing.get(node.key)
        if answer is not None and answer.kind == "label":
            labelled += 1
            images_labelled += tree.speaks_for(node, answer, rests.get(node.key))
        elif answer is not None and answer.kind == "skip":
            skipped += 1
            images_skipped += 0 if tree.is_rest(node) else node.size  # its parent keeps them
    split_noise = tree.left_by_splits(nodes, standing)
    return Labelling(
        round=round_.number,
        cards=len(leaves),
        open=len(leaves) - labelled - skipped,
        labelled=labelled,
        skipped=skipped,
        images=project.data.get("train", 0),
        images_labelled=images_labelled,
        images_skipped=images_skipped,
        noise=round_.noise + split_noise,
        answers=count_answers(session, project.id, round_.number),
        answers_total=count_answers(session, project.id),
    )


def count_answers(session: Session, project_id: int, number: int | None = None) -> int:
    """Answers that a person gave and did not take back: labels, splits and skips alike."""
    revoked = select(Answer.revokes).where(
        Answer.project_id == project_id, Answer.revokes.is_not(None)
    )
    query = select(func.count()).where(
        Answer.project_id == project_id, Answer.kind != "revoke", Answer.number.not_in(revoked)
    )
    if number is not None:
        query = query.where(Answer.round == number)
    return session.scalar(query) or 0
