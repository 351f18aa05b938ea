"""Compiled: partons branch, become hadrons, and leave tracks and energy in an image."""

import numpy as np

from corpuscle.data.compiled import compiled

CRYSTAL = 0.0174
"""Width of a pixel [rad, and in pseudorapidity]."""

TOWER = 5
"""Crystals along the side of a tower of the hadronic calorimeter."""

FRONT = 1.29
"""Radius of the calorimeter [m]."""

PION = 0.1396
"""Mass of a hadron [GeV]."""

Z_MASS = 91.19
"""[GeV]."""

SPREAD = 0.35
"""Transverse momentum of a hadron to its parton, along each axis [GeV]."""

SLOWEST_TRACK, SLOWEST = 0.5, 0.3
"""Transverse momenta below which no track is found, and no hadron is seen at all [GeV]."""

SOFT = 0.6
"""Mean transverse momentum of a hadron that is not of the jet [GeV]."""


@compiled
def run(coupling: float, scale: float) -> float:
    """Give the strong coupling at a scale [GeV] from that at the mass of the Z, in one loop with five flavours."""
    if coupling <= 0.0:
        return 0.0
    slope = 23.0 / (12.0 * np.pi)
    return float(coupling / (1.0 + coupling * slope * 2.0 * np.log(scale / Z_MASS)))


@compiled
def branch(
    chance: np.random.Generator, pt: float, colour: float, gluon: float, coupling: float, cutoff: float, radius: float,
    out: np.ndarray,
) -> int:  # fmt: skip
    """Let a parton branch, at ever smaller angles; fills lines of `out` with transverse momentum and direction.

    With t = ln(1 / theta) and l = ln(1 / z), emissions have at most the constant density 2 alpha_s C / pi, of the
    coupling at the cutoff, in the triangle where z theta pt is above the cutoff; the splitting function and the
    coupling at z theta pt then thin them out. A gluon radiates from its own angle on.
    """
    strongest = run(coupling, cutoff)
    stack = np.empty((400, 5))
    stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3], stack[0, 4] = pt, 0.0, 0.0, radius, colour
    waiting, final = 1, 0
    while waiting > 0:
        waiting -= 1
        momentum, y, x = stack[waiting, 0], stack[waiting, 1], stack[waiting, 2]
        angle, factor = stack[waiting, 3], stack[waiting, 4]
        rate = 2.0 * strongest * factor / np.pi
        while rate > 0.0:
            # with L = ln(theta pt / cutoff) what is left of the triangle has the area L^2 / 2
            left = np.log(max(angle * momentum / cutoff, 1.0))
            area = 0.5 * left * left - chance.exponential() / rate
            if area <= 0.0:
                break
            reach = np.sqrt(2.0 * area)
            angle = cutoff / momentum * np.exp(reach)
            share = np.exp(-chance.random() * reach)
            kept = 0.5 * (1.0 + (1.0 - share) ** 2) * run(coupling, share * angle * momentum) / strongest
            if chance.random() > kept or waiting >= len(stack):
                continue
            turn = 2.0 * np.pi * chance.random()
            up, right = angle * np.sin(turn), angle * np.cos(turn)
            stack[waiting, 0] = share * momentum
            stack[waiting, 1], stack[waiting, 2] = y + (1.0 - share) * up, x + (1.0 - share) * right
            stack[waiting, 3], stack[waiting, 4] = angle, gluon
            waiting += 1
            y, x, momentum = y - share * up, x - share * right, (1.0 - share) * momentum
            if momentum <= 0.0:
                break
        if final < len(out) and momentum > 0.0:
            out[final, 0], out[final, 1], out[final, 2] = momentum, y, x
            final += 1
    return final


@compiled
def harden(chance: np.random.Generator, parton: np.ndarray, out: np.ndarray) -> int:
    """Make hadrons of a parton, lines of `out`; their number grows with the logarithm of its momentum."""
    momentum = parton[0]
    count = min(1 + chance.poisson(1.2 * np.log(1.0 + momentum)), len(out))
    total = 0.0
    for k in range(count):
        out[k, 0] = chance.exponential()
        total += out[k, 0]
    for k in range(count):
        out[k, 0] *= momentum / total
        width = min(SPREAD / out[k, 0], 0.5)
        out[k, 1], out[k, 2] = parton[1] + width * chance.normal(), parton[2] + width * chance.normal()
    return int(count)


@compiled
def measure_mass(hadrons: np.ndarray) -> float:
    """Give the mass of hadrons, lines of transverse momentum, pseudorapidity and azimuth [GeV]."""
    energy, along, across, up = 0.0, 0.0, 0.0, 0.0
    for k in range(len(hadrons)):
        pt, eta, phi = hadrons[k, 0], hadrons[k, 1], hadrons[k, 2]
        energy += np.sqrt((pt * np.cosh(eta)) ** 2 + PION**2)
        along += pt * np.sinh(eta)
        across += pt * np.cos(phi)
        up += pt * np.sin(phi)
    return float(np.sqrt(max(energy**2 - along**2 - across**2 - up**2, 0.0)))


@compiled
def put(image: np.ndarray, y: float, x: float, held: float) -> None:
    """Put something into a pixel, if it is in the image; the middle of the image is the direction of the jet."""
    half = 0.5 * len(image)
    row, column = int(np.floor(y / CRYSTAL + half)), int(np.floor(x / CRYSTAL + half))
    if 0 <= row < len(image) and 0 <= column < len(image) and held > 0.0:
        image[row, column] += held


@compiled
def see(chance: np.random.Generator, hadron: np.ndarray, field: float, efficiency: float, out: np.ndarray) -> None:
    """See a hadron: two of three are charged and bend, one of three is two photons."""
    pt, y, x = hadron[0], hadron[1], hadron[2]
    if pt < SLOWEST:
        return
    energy = pt * np.cosh(y)
    if chance.random() < 1.0 / 3.0:
        share = chance.random()
        for part in (share, 1.0 - share):
            shine(chance, y, x, part * energy, out)
        return
    charge = 1.0 if chance.random() < 0.5 else -1.0
    if pt > SLOWEST_TRACK and chance.random() < efficiency:
        put(out[0], y, x, pt)
    bend = 0.15 * field * FRONT * charge / pt
    if abs(bend) < 1.0:
        absorb(chance, y, x + np.arcsin(bend), energy, out)


@compiled
def shine(chance: np.random.Generator, y: float, x: float, energy: float, out: np.ndarray) -> None:
    """Let a photon or an electron fill crystals."""
    held = energy * max(0.0, 1.0 + 0.03 / np.sqrt(max(energy, 0.05)) * chance.normal())
    for _ in range(4):
        width = CRYSTAL * (0.35 if chance.random() < 0.75 else 1.2)
        put(out[1], y + width * chance.normal(), x + width * chance.normal(), 0.25 * held)


@compiled
def absorb(chance: np.random.Generator, y: float, x: float, energy: float, out: np.ndarray) -> None:
    """Let a hadron fill crystals with a part of its energy, and towers with the rest."""
    early = chance.beta(1.0, 3.0)
    for _ in range(4):
        put(out[1], y + 1.2 * CRYSTAL * chance.normal(), x + 1.2 * CRYSTAL * chance.normal(), 0.25 * early * energy)
    late = (1.0 - early) * energy
    late *= max(0.0, 1.0 + np.sqrt(1.0 / max(late, 0.5) + 0.05**2) * chance.normal())
    for _ in range(4):
        # a tower is shown by its middle crystal, counted from the image's middle
        tower = TOWER * CRYSTAL
        row = np.floor((y + 2.5 * CRYSTAL * chance.normal()) / tower + 0.5) * tower
        column = np.floor((x + 2.5 * CRYSTAL * chance.normal()) / tower + 0.5) * tower
        put(out[2], row, column, 0.25 * late)


@compiled
def see_particles(
    chance: np.random.Generator, particle: np.ndarray, kind: np.ndarray, charge: np.ndarray, field: float,
    efficiency: float, out: np.ndarray,
) -> None:  # fmt: skip
    """See particles whose kind is known, lines of transverse momentum, place along y and x, and energy.

    `kind` is 0 of hadrons, 1 of photons and electrons, 2 of muons, which leave a track alone.
    """
    for k in range(len(particle)):
        pt, y, x, energy = particle[k, 0], particle[k, 1], particle[k, 2], particle[k, 3]
        if pt < SLOWEST:
            continue
        if charge[k] != 0.0 and pt > SLOWEST_TRACK and chance.random() < efficiency:
            put(out[0], y, x, pt)
        bend = 0.15 * field * FRONT * charge[k] / pt
        if kind[k] == 2 or abs(bend) >= 1.0:
            continue
        x += np.arcsin(bend)
        if kind[k] == 1:
            shine(chance, y, x, energy, out)
        else:
            absorb(chance, y, x, energy, out)


@compiled
def draw_jets(
    chance: np.random.Generator, label: np.ndarray, pt: np.ndarray, colour: np.ndarray, coupling: float, cutoff: float,
    radius: float, underlying: float, field: float, efficiency: float, noise: float, mass: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Draw one image for each label: 1 gluon, 0 quark."""
    partons, hadrons = np.empty((400, 3)), np.empty((2000, 3))
    half = 0.5 * CRYSTAL * out.shape[2]
    for k in range(len(label)):
        final = branch(chance, pt[k], colour[label[k]], colour[1], coupling, cutoff, radius, partons)
        count = 0
        for one in range(final):
            count += harden(chance, partons[one], hadrons[count:])
        mass[k] = measure_mass(hadrons[:count])
        for _ in range(min(chance.poisson(underlying), len(hadrons) - count)):
            hadrons[count, 0] = SOFT * chance.exponential()
            hadrons[count, 1], hadrons[count, 2] = chance.uniform(-half, half), chance.uniform(-half, half)
            count += 1
        for one in range(count):
            see(chance, hadrons[one], field, efficiency, out[k])
        if noise > 0.0:
            for row in range(out.shape[2]):
                for column in range(out.shape[3]):
                    held = out[k, 1, row, column] + noise * chance.normal()
                    out[k, 1, row, column] = held if held > 3.0 * noise else 0.0
