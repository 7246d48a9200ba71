"""Which images a recheck has, and which stay candidates."""

import numpy as np

from labeller.config import ClusterConfig
from labeller.jobs.asked_again import Recheck, shared_out
from labeller.rounds.questions.candidates import Candidates


def test_a_recheck_takes_the_images_of_its_card_and_leaves_the_other_candidates():
    train = np.arange(0, 200, 2)  # numbers of the training images
    asked = Candidates(np.arange(50), np.zeros((50, 2)), ClusterConfig(clusters=8), None)

    def share(*pairs):
        given = []
        for place, (members, shown) in enumerate(pairs):
            card = None
            if shown:
                medoid, *near = train[shown]
                card = {"medoid": medoid, "near": near, "random": [], "far": []}
            given.append(Recheck(train[list(members)], "", place, 0, (), card))
        found, left = shared_out(given, asked, train)
        return [np.searchsorted(train, one.members).tolist() for one in found], left

    found, left = share((range(40, 60), [45, 55]))
    assert found == [[45, *range(50, 60)]]
    assert left.rows.tolist() == [row for row in range(50) if row != 45]
    assert (len(left.points), left.cluster.clusters) == (49, 8)
    # A card that shares an image waits, and no image is on two cards.
    found, left = share((range(55, 60), [1, 2]), (range(60, 65), [2, 3]), (range(58, 70), [4, 5]))
    assert found == [[1, 2, *range(55, 60)], [4, 5, *range(60, 70)]]
    assert not np.isin([1, 2, 4, 5], left.rows).any()
    # Without a card: the images that are no candidates, if there are any.
    assert share((range(40, 60), []))[0] == [list(range(50, 60))]
    assert share((range(40, 50), []))[0] == []
