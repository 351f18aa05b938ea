"""Candidate links that compete for the same detections share them by messages, in a form that gradients pass."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

LEAST = 1e-30
"""The least sum that is divided by."""


@dataclass(frozen=True, slots=True, eq=False)
class Rivals:
    """What rivals choose between, those of several scenes one after the other.

    Args:
        row: the earlier detection of each candidate link.
        column: its later one.
        begins: the logarithm of the density of a start at each detection.
        ends: the chance of an end at each.
        false: the logarithm of the density of false detections at each.
        share: how much of its own message a reply leaves out, for each candidate.
    """

    row: Int[Tensor, " link"]
    column: Int[Tensor, " link"]
    begins: Float[Tensor, " token"]
    ends: Float[Tensor, " token"]
    false: Float[Tensor, " token"]
    share: Float[Tensor, " link"]


def share_out(rivals: Rivals, weight: Float[Tensor, " link"], rounds: int) -> Float[Tensor, " link"]:
    """Give how likely each candidate link is, from the logarithm of what it weighs.

    The messages are those of `estimation.posterior.rivals_kernel`, which has the formulas, in a fixed number of rounds.

    >>> one = torch.zeros(1)
    >>> row, column = torch.tensor([0]), torch.tensor([1])
    >>> rivals = Rivals(row, column, torch.zeros(2), torch.ones(2), torch.full((2,), -99.0), one)
    >>> share_out(rivals, one, 9)
    tensor([0.3820])
    """
    count = len(rivals.begins)
    alone = torch.maximum(rivals.begins, rivals.false)
    top = alone.scatter_reduce(0, rivals.column, weight.detach(), "amax")
    size = (weight - top[rivals.column]).exp()
    start, wrong = (rivals.begins - top).exp(), (rivals.false - top).exp()
    come = add_up(size, rivals.column, count)
    reply, chance = torch.ones_like(size), size
    for _ in range(rounds):
        out = add_up(size * reply, rivals.row, count)
        slack = rivals.ends + wrong / (start + come).clamp_min(LEAST)
        left = (slack + out)[rivals.row] - rivals.share * size * reply
        message = size / left.clamp_min(LEAST)
        come = add_up(message, rivals.column, count)
        total = (start + wrong / (rivals.ends + out).clamp_min(LEAST) + come)[rivals.column]
        reply = 1.0 / (total - rivals.share * message).clamp_min(LEAST)
        chance = message / total.clamp_min(LEAST)
    spent = add_up(chance, rivals.row, count).clamp_min(1.0)
    return chance / spent[rivals.row]


def add_up(value: Float[Tensor, " link"], end: Int[Tensor, " link"], count: int) -> Float[Tensor, " token"]:
    """Add up values at one of their ends."""
    return value.new_zeros(count).index_add(0, end, value)
