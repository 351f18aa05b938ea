"""Compiled: small symmetric matrices above 0: factors, solutions, inverses."""

import numpy as np

from corpuscle.data.compiled import compiled


@compiled
def factor(matrix: np.ndarray, size: int) -> bool:
    """Replace the lower triangle by Cholesky's factor L, matrix = L L'; tell whether there is one."""
    for i in range(size):
        for j in range(i + 1):
            total = matrix[i, j]
            for k in range(j):
                total -= matrix[i, k] * matrix[j, k]
            if i != j:
                matrix[i, j] = total / matrix[j, j]
            elif total > 0.0:
                matrix[i, i] = np.sqrt(total)
            else:
                return False
    return True


@compiled
def divide(lower: np.ndarray, column: np.ndarray) -> None:
    """Replace columns b by L^-1 b."""
    for c in range(column.shape[1]):
        for i in range(len(column)):
            total = column[i, c]
            for k in range(i):
                total -= lower[i, k] * column[k, c]
            column[i, c] = total / lower[i, i]


@compiled
def invert(matrix: np.ndarray, size: int) -> bool:
    """Replace a matrix by its inverse; tell whether there is one."""
    if not factor(matrix, size):
        return False
    for j in range(size):
        matrix[j, j] = 1.0 / matrix[j, j]
        for i in range(j + 1, size):
            total = 0.0
            for k in range(j, i):
                total -= matrix[i, k] * matrix[k, j]
            matrix[i, j] = total / matrix[i, i]
    for i in range(size):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, size):
                total += matrix[k, i] * matrix[k, j]
            matrix[i, j] = total
            matrix[j, i] = total
    return True
