"""Compiled: electrons and photons fly through layers of material and fill crystals."""

import numpy as np

from corpuscle.data.compiled import compiled

RADIUS = 1.29
"""Of the front of the calorimeter [m]."""

CRYSTAL = 0.0174
"""Width of a crystal [rad, and in pseudorapidity]."""

MOLIERE = 0.0219
"""Radius within which a shower has nine tenths of its energy [m]."""

LAYERS = np.array([
    [0.044, 0.060], [0.073, 0.050], [0.102, 0.050], [0.255, 0.090], [0.34, 0.080],
    [0.43, 0.080], [0.52, 0.080], [0.61, 0.080], [0.69, 0.070], [0.78, 0.070],
    [0.87, 0.070], [0.96, 0.070], [1.05, 0.060], [1.18, 0.060], [1.24, 0.030],
])  # fmt: skip
"""Radius of each layer [m], and its share of the material."""

SOFTEST = 1e-3
"""Share of its energy that an electron radiates at least, one photon at a time."""

SLOWEST = 0.2
"""Transverse momentum below which an electron curls up and is lost [GeV]."""

FAINTEST = 0.05
"""Transverse momentum below which a radiated photon is lost [GeV]."""

DEPOSIT = 0.25
"""Energy that is put into one place of a shower [GeV]."""

CORE, CORE_WIDTH, TAIL_WIDTH, REACH = 0.82, 0.25, 1.05, 8.0
"""Share and width of a shower's core, width of its tail, and how far it reaches [Moliere radii]."""

CANVAS, SIDE = 96, 32
"""Crystals that are simulated, and those that are kept, along one side."""

TIME_NOISE, TIME_CONSTANT, TIME_LIMIT = 24.8, 0.25, 25.0
"""Resolution of time: noise / energy times the first, and the second at least; times beyond the third are cut [ns]."""


@compiled
def draw_radiated(chance: np.random.Generator) -> float:
    """Draw the share y of its energy that an electron radiates, of the density (4/3 - 4y/3 + y^2) / y."""
    while True:
        share = SOFTEST ** chance.random()
        if chance.random() * 4.0 / 3.0 < 4.0 / 3.0 - 4.0 / 3.0 * share + share * share:
            return float(share)


@compiled
def draw_shared(chance: np.random.Generator) -> float:
    """Draw the share x of a photon's energy that one electron of a pair gets, of the density 1 - 4x(1 - x)/3."""
    while True:
        share = chance.random()
        if chance.random() < 1.0 - 4.0 / 3.0 * share * (1.0 - share):
            return float(share)


@compiled
def fly(
    chance: np.random.Generator,
    charge: int,
    pt: float,
    thickness: float,
    layers: np.ndarray,
    field: float,
    out: np.ndarray,
) -> int:
    """Fly a particle and all that comes of it to the calorimeter.

    In the plane across the field a particle at radius r has the offset y and the slope s; a step dx turns it by
    kappa dx with kappa = 0.3 B q / pT [1/m]. Fills lines of `out` with transverse momentum [GeV], y [m] and charge;
    gives their number. What is more than fits is lost.
    """
    rate = 4.0 / 3.0 * np.log(1.0 / SOFTEST) - 4.0 / 3.0 * (1.0 - SOFTEST) + 0.5 * (1.0 - SOFTEST * SOFTEST)
    stack = np.empty((512, 6))
    stack[0, 0], stack[0, 1], stack[0, 2] = pt, 0.0, 0.0
    stack[0, 3], stack[0, 4], stack[0, 5] = 0.0, 0.0, charge
    waiting, arrived = 1, 0
    while waiting > 0:
        waiting -= 1
        momentum, offset, slope = stack[waiting, 0], stack[waiting, 1], stack[waiting, 2]
        radius, first, kind = stack[waiting, 3], int(stack[waiting, 4]), stack[waiting, 5]
        alive = True
        for layer in range(first, len(layers) + 1):
            target = layers[layer, 0] if layer < len(layers) else RADIUS
            step, turn = target - radius, 0.3 * field * kind / momentum
            offset += slope * step + 0.5 * turn * step * step
            slope += turn * step
            radius = target
            if abs(slope) > 1.0:
                alive = False
                break
            if layer == len(layers):
                break
            depth = thickness * layers[layer, 1] * np.sqrt(1.0 + slope * slope)
            if kind == 0:
                if chance.random() < 1.0 - np.exp(-7.0 / 9.0 * depth):
                    share = draw_shared(chance)
                    for part, sign in ((share, 1.0), (1.0 - share, -1.0)):
                        if part * momentum > SLOWEST and waiting < len(stack):
                            stack[waiting, 0], stack[waiting, 1], stack[waiting, 2] = part * momentum, offset, slope
                            stack[waiting, 3], stack[waiting, 4], stack[waiting, 5] = radius, layer + 1, sign
                            waiting += 1
                    alive = False
                    break
            else:
                for _ in range(chance.poisson(rate * depth)):
                    radiated = draw_radiated(chance) * momentum
                    if radiated > FAINTEST and waiting < len(stack):
                        stack[waiting, 0], stack[waiting, 1], stack[waiting, 2] = radiated, offset, slope
                        stack[waiting, 3], stack[waiting, 4], stack[waiting, 5] = radius, layer + 1, 0.0
                        waiting += 1
                    momentum -= radiated
                    if momentum < SLOWEST:
                        break
                if momentum < SLOWEST:
                    alive = False
                    break
                if depth > 0.0:
                    slope += chance.normal() * 0.0136 / momentum * np.sqrt(depth)
        if alive and arrived < len(out):
            out[arrived, 0], out[arrived, 1], out[arrived, 2] = momentum, offset, kind
            arrived += 1
    return arrived


@compiled
def deposit(
    chance: np.random.Generator, energy: float, azimuth: float, depth: float, start: np.ndarray, canvas: np.ndarray
) -> None:
    """Put a shower's energy into crystals, some places at a time, spread as 2 r R^2 / (r^2 + R^2)^2 around its axis."""
    places = max(int(np.ceil(energy / DEPOSIT)), 4)
    for _ in range(places):
        width = CORE_WIDTH + 0.02 * depth if chance.random() < CORE else TAIL_WIDTH
        # the integral of the density up to r is r^2 / (r^2 + R^2); nothing lies beyond the reach
        share = chance.random() * REACH**2 / (REACH**2 + width**2)
        distance = width * np.sqrt(share / (1.0 - share)) * MOLIERE / RADIUS
        angle = 2.0 * np.pi * chance.random()
        row = int(np.floor(distance * np.cos(angle) / CRYSTAL + start[0])) + CANVAS // 2
        column = int(np.floor((azimuth + distance * np.sin(angle)) / CRYSTAL + start[1])) + CANVAS // 2
        if 0 <= row < CANVAS and 0 <= column < CANVAS:
            canvas[row, column] += energy / places


@compiled
def draw_showers(
    chance: np.random.Generator, label: np.ndarray, eta: np.ndarray, thickness: np.ndarray, layers: np.ndarray,
    pt: float, field: float, start_depth: bool, stochastic: float, constant: float, miscalibration: float,
    noise: float, threshold: float, out: np.ndarray,
) -> None:  # fmt: skip
    """Draw one image for each label: 1 electron, 0 photon."""
    arrived = np.empty((256, 3))
    canvas = np.empty((CANVAS, CANVAS))
    start = np.empty(2)
    for k in range(len(label)):
        sign = 1 if chance.random() < 0.5 else -1
        count = fly(chance, sign * label[k], pt, thickness[k], layers, field, arrived)
        canvas[:] = 0.0
        start[0], start[1] = chance.random(), chance.random()
        for one in range(count):
            energy = arrived[one, 0] * np.cosh(eta[k])
            energy *= max(0.0, 1.0 + chance.normal() * np.sqrt(stochastic**2 / energy + constant**2))
            depth = 9.0 / 7.0 * chance.exponential() if start_depth and arrived[one, 2] == 0 else 0.0
            deposit(chance, energy, arrived[one, 1] / RADIUS, depth, start, canvas)
        read_out(chance, canvas, miscalibration, noise, threshold, out[k])


@compiled
def read_out(
    chance: np.random.Generator,
    canvas: np.ndarray,
    miscalibration: float,
    noise: float,
    threshold: float,
    out: np.ndarray,
) -> None:
    """Read the crystals around the hottest one: miscalibrated, noisy, suppressed below the threshold."""
    row, column, highest = CANVAS // 2, CANVAS // 2, -1.0
    for a in range(CANVAS):
        for b in range(CANVAS):
            if canvas[a, b] > 0.0:
                canvas[a, b] *= max(0.0, 1.0 + miscalibration * chance.normal())
                if canvas[a, b] > highest:
                    row, column, highest = a, b, canvas[a, b]
    for a in range(SIDE):
        for b in range(SIDE):
            y, x = row - SIDE // 2 + a, column - SIDE // 2 + b
            held = canvas[y, x] if 0 <= y < CANVAS and 0 <= x < CANVAS else 0.0
            held += noise * chance.normal()
            if held > max(threshold * noise, 0.0):
                spread = np.sqrt((TIME_NOISE * noise / held) ** 2 + TIME_CONSTANT**2)
                out[0, a, b] = held / 50.0
                out[1, a, b] = min(max(spread * chance.normal(), -TIME_LIMIT), TIME_LIMIT) / 50.0
