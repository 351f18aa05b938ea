"""Points placed by a net: its neurons, the hinge, and pairs that are hard."""

import pytest
import torch

from corpuscle.nets.embedding import Embedding, find_hard, measure_hinge


def test_every_layer_can_be_listened_to() -> None:
    net = Embedding(3, 16, 2, 4)
    point = torch.randn(10, 3, generator=torch.Generator().manual_seed(0))
    said = net.listen(point)
    assert [tuple(layer.shape) for layer in said] == [(10, 16), (10, 16), (10, 4)]
    torch.testing.assert_close(said[-1], net(point))
    assert all(layer.abs().max() <= 1 for layer in said[:2])


def test_points_do_not_hear_of_each_other() -> None:
    net = Embedding(3, 16, 2, 4).eval()
    point = torch.randn(10, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(net(point)[3:4], net(point[3:4]))


def test_the_hinge_is_torch_s_own() -> None:
    apart, same = torch.tensor([0.5, 0.02, 0.3, 0.08]), torch.tensor([True, False, False, False])
    sign = torch.where(same, 1, -1)
    ours = measure_hinge(apart, same, margin=0.1, weight=1.0)
    torch.testing.assert_close(ours, torch.nn.functional.hinge_embedding_loss(apart, sign, margin=0.1))
    assert float(measure_hinge(apart, same, margin=0.1, weight=3.0)) == pytest.approx((1.5 + 0.08 + 0.02) / 6)


def test_hard_pairs_are_the_nearest_of_other_owners() -> None:
    place = torch.tensor([[0.0], [0.1], [0.3], [0.31], [9.0]])
    group, owner = torch.tensor([0, 0, 0, 1, 0]), torch.tensor([1, 1, 2, 3, -1])
    assert find_hard(place, group, owner, count=1).tolist() == [[0, 2], [1, 2], [2, 1], [4, 2]]
    noise = torch.full((2,), -1)
    assert find_hard(place[:2], noise, noise, count=9).tolist() == [[0, 1], [1, 0]]
