"""How far what a net says is from what it should say."""

import torch
from jaxtyping import Bool, Float, Int
from scipy.optimize import linear_sum_assignment
from torch import Tensor


def mean_squared_error(
    output: Float[Tensor, "batch token particle axis"],
    target: Float[Tensor, "batch token particle axis"],
    real: Bool[Tensor, "batch token"],
) -> Float[Tensor, ""]:
    """Give the mean squared error over tokens that are data (`real` is True there).

    >>> one = torch.ones(1, 2, 1, 2)
    >>> mean_squared_error(one, 3 * one, torch.tensor([[True, False]]))
    tensor(4.)
    """
    return (output - target)[real].square().mean()


def permuted_squared_error(
    output: Float[Tensor, "batch token particle axis"],
    target: Float[Tensor, "batch token particle axis"],
    real: Bool[Tensor, "batch token"],
) -> Float[Tensor, ""]:
    """Give the mean squared error under the order of the particles that suits each sequence best.

    One order holds for a whole sequence: a net that changes its mind about who is who within one pays for it. The
    error of an order is a sum over pairs of particles, so the best of all orders is an assignment.

    >>> both = torch.tensor([[[[0.0], [5.0]]]])
    >>> permuted_squared_error(both, both.flip(2), torch.tensor([[True]]))
    tensor(0.)
    """
    return mean_squared_error(output, order_particles(output, target, real), real)


def order_particles(
    output: Float[Tensor, "batch token particle axis"],
    target: Float[Tensor, "batch token particle axis"],
    real: Bool[Tensor, "batch token"],
) -> Float[Tensor, "batch token particle axis"]:
    """Give the target with the particles of each sequence in the order that is closest to the output."""
    with torch.no_grad():
        apart = (output[:, :, :, None] - target[:, :, None]).square().sum(-1)
        cost = (apart * real[:, :, None, None]).sum(1).cpu().numpy()
    order = [linear_sum_assignment(pairs)[1].tolist() for pairs in cost]
    index: Int[Tensor, "batch particle"] = torch.tensor(order, device=target.device)
    return target.gather(2, index[:, None, :, None].expand_as(target))
