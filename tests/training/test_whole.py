"""What processes that train together tell each other between two epochs."""

import pytest
import torch

from labeller.training.whole import WholeSet


class Ranked:
    """One of several processes, and what all of them hand in; no process is started."""

    def __init__(self, rank, offers):
        self.number, self.count, self.offers = rank, max(1, len(offers)), offers

    def reduced(self, values, how):
        assert how == "max"
        parts = [_whole(rank, self.count)._ranked(offer) for rank, offer in self.offers]
        return torch.stack(parts).amax(0)


def _whole(rank, ranks, offers=()):
    whole = WholeSet.__new__(WholeSet)
    whole.rank = Ranked(rank, offers or [(one, None) for one in range(ranks)])
    return whole


@pytest.mark.parametrize("rank", [0, 1])
def test_what_one_process_saw_is_known_to_all_and_both_have_their_turn(rank):
    first = torch.tensor([5, 5, 5, 5, -1, 7])
    second = torch.tensor([2, 2, 9, 9, -1, -1])
    offers = [(0, first), (1, second)]
    joined = _whole(rank, 2, offers).joined(offers[rank][1])
    assert joined.tolist() == [2, 5, 9, 5, -1, 7]


def test_alone_nothing_changes():
    values = torch.tensor([3, -1, 0])
    assert _whole(0, 1).joined(values) is values
