"""A small event in each layout of collisions, as those write them."""

import gzip
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpuscle.data.apparatus import TRACKML_RADII
from corpuscle.data.helix import cross_cylinders, curve

VERTEX_STEP = 2**52
NOISE = 4
Text = dict[str, list[str]]


@dataclass(frozen=True, slots=True, eq=False)
class Shower:
    """Tracks through ten cylinders, unsmeared: what every layout is written from."""

    number: np.ndarray
    charge: np.ndarray
    vertex: np.ndarray
    momentum: np.ndarray
    perigee: np.ndarray
    crossing: np.ndarray
    flight: np.ndarray
    time: np.ndarray


def shoot(event: int, tracks: int = 6) -> Shower:
    """Shoot tracks that lose 1 % of their momentum before the first cylinder."""
    generator = np.random.default_rng(event)
    phi, theta = generator.uniform(-3, 3, tracks), generator.uniform(0.8, 2.3, tracks)
    transverse, charge = generator.uniform(0.6, 5, tracks), generator.choice([-1.0, 1.0], tracks)
    d0, z0 = generator.normal(0, 0.05, tracks), generator.normal(0, 30, tracks)
    radius = np.tile(TRACKML_RADII, (tracks, 1))
    kappa = curve(charge / transverse, 2.0)
    azimuth, path = cross_cylinders(d0, phi, kappa, radius)
    z = z0[:, None] + path / np.tan(theta)[:, None]
    crossing = np.stack([radius * np.cos(azimuth), radius * np.sin(azimuth), z], axis=2)
    turned = phi[:, None] + kappa[:, None] * path
    flight = transverse[:, None, None] * np.stack(
        [np.cos(turned), np.sin(turned), np.broadcast_to(1 / np.tan(theta)[:, None], turned.shape)], axis=2
    )
    begin = transverse[:, None] * np.stack([np.cos(phi), np.sin(phi), 1 / np.tan(theta)], axis=1)
    vertex = np.stack([-d0 * np.sin(phi), d0 * np.cos(phi), z0], axis=1)
    number = (np.arange(tracks) + 1) * VERTEX_STEP + 2**24 * (np.arange(tracks) + 1) + event % 7 + 1
    q_over_p = charge * np.sin(theta) / transverse
    perigee = np.stack([d0, z0, phi, theta, q_over_p], axis=1)
    return Shower(number, charge, vertex, begin / 0.99, perigee, crossing, flight, path)


def write_csv(folder: Path, name: str, columns: Mapping[str, object], *, packed: bool = False) -> Path:
    """Write a table."""
    rows = zip(*(np.asarray(values).tolist() for values in columns.values()), strict=True)
    text = "\n".join([",".join(columns), *(",".join(map(repr, row)) for row in rows)]) + "\n"
    path = folder / (name + ".gz" if packed else name)
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    return path


def mix(shower: Shower, smear: float, seed: int) -> dict[str, np.ndarray]:
    """Give all hits and some noise in no order."""
    tracks, layers = shower.crossing.shape[:2]
    generator = np.random.default_rng(seed)
    order = generator.permutation(tracks * layers + NOISE)
    crossing = np.concatenate([shower.crossing.reshape(-1, 3), generator.uniform(-30, 30, (NOISE, 3))])
    return {
        "crossing": crossing[order],
        "position": (crossing + generator.normal(0, smear, crossing.shape))[order],
        "flight": np.concatenate([shower.flight.reshape(-1, 3), np.full((NOISE, 3), 4e5)])[order],
        "maker": np.concatenate([np.repeat(shower.number, layers), np.zeros(NOISE, np.int64)])[order],
        "layer": np.concatenate([np.tile(np.arange(layers), tracks), np.full(NOISE, -1)])[order],
        "time": np.concatenate([shower.time.reshape(-1), np.zeros(NOISE)])[order],
    }


def name_surface(layer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the volume and layer of each cylinder; noise lies in an endcap."""
    volume = np.select([layer < 0, layer < 4, layer < 8], [7, 8, 13], 17)
    inside = np.select([layer < 0, layer < 4, layer < 8], [-1, layer, layer - 4], layer - 8)
    return volume, 2 * inside + np.where(layer < 0, 4, 2)


def axes(names: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """Name the three columns of an array."""
    return dict(zip(names.split(), values.T, strict=True))


def write_trackml(
    folder: Path, event: int, *, codalab: bool = True, packed: bool = False, smear: float = 0.01
) -> Shower:
    """Write an event of TrackML."""
    folder.mkdir(exist_ok=True)
    shower, stem = shoot(event), f"event{event:09d}-"
    hits = mix(shower, smear, event)
    hit_id = 3 * np.arange(len(hits["maker"])) + 6
    volume, layer = name_surface(hits["layer"])
    about = {"volume_id": volume, "layer_id": layer, "module_id": np.ones_like(layer)}
    write_csv(folder, f"{stem}hits.csv", {"hit_id": hit_id, **axes("x y z", hits["position"]), **about}, packed=packed)
    back = np.argsort(hits["maker"], kind="stable")  # the truth stands in another order
    write_csv(folder, f"{stem}truth.csv", {
        "hit_id": hit_id[back], "particle_id": hits["maker"][back], **axes("tx ty tz", hits["crossing"][back]),
        **axes("tpx tpy tpz", hits["flight"][back]), "weight": np.full(len(back), 1 / len(back)),
    }, packed=packed)  # fmt: skip
    kind = {"particle_type": np.full(6, 211)} if codalab else {}
    write_csv(folder, f"{stem}particles.csv", {
        "particle_id": shower.number, **kind, **axes("vx vy vz", shower.vertex), **axes("px py pz", shower.momentum),
        "q": shower.charge.astype(int), "nhits": np.full(6, 10),
    }, packed=packed)  # fmt: skip
    write_csv(folder, f"{stem}cells.csv", {
        "hit_id": np.repeat(hit_id, 2), "ch0": np.arange(2 * len(hit_id)), "ch1": np.arange(2 * len(hit_id)),
        "value": np.full(2 * len(hit_id), 0.25),
    }, packed=packed)  # fmt: skip
    return shower


def zip_folder(folder: Path, archive: Path) -> None:
    """Put the files of a folder into an archive, behind a folder of their own, and take them away."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for file in sorted(folder.glob("event*")):
            opened.write(file, f"train_1/{file.name}")
            file.unlink()


def split_barcode(number: np.ndarray) -> dict[str, np.ndarray]:
    """Split a packed barcode into its five numbers."""
    shifts = {"pv": (52, 12), "sv": (40, 12), "part": (24, 16), "gen": (16, 8), "subpart": (0, 16)}
    return {f"particle_id_{name}": (number >> shift) & (2**bits - 1) for name, (shift, bits) in shifts.items()}


def write_acts(folder: Path, event: int, *, five: bool = True, prefixed: bool = False) -> Shower:
    """Write an event of ACTS, with measurements and space points."""
    folder.mkdir(exist_ok=True)
    shower, stem = shoot(event), f"event{event:09d}-"
    hits = mix(shower, 0.01, event)
    volume, layer = name_surface(hits["layer"])
    geometry = (volume << 56) | (layer << 36) | (5 << 8)
    real = np.flatnonzero(hits["maker"])  # simulated hits have no noise; measurements do

    def name(number: np.ndarray) -> dict[str, np.ndarray]:
        return split_barcode(number) if five else {"particle_id": number}

    zero = np.zeros(len(real))
    write_csv(folder, f"{stem}hits.csv", {
        **name(hits["maker"][real]), "geometry_id": geometry[real], **axes("tx ty tz", hits["crossing"][real]),
        "tt": hits["time"][real], **axes("tpx tpy tpz", hits["flight"][real]), "te": zero, "deltapx": zero,
        "deltapy": zero, "deltapz": zero, "deltae": zero, "index": hits["layer"][real],
    })  # fmt: skip
    every = np.arange(len(geometry))
    flat = {key: np.zeros(len(every)) for key in ("local0", "local1", "phi", "theta", "time")}
    write_csv(folder, f"{stem}measurements.csv", {
        "measurement_id": every, "geometry_id": geometry, "local_key": np.full(len(every), 3), **flat,
        **{f"var_{key}": value for key, value in flat.items()}, **axes("global_x global_y global_z", hits["position"]),
    })  # fmt: skip
    write_csv(folder, f"{stem}measurement-simhit-map.csv", {"measurement_id": real, "hit_id": np.arange(len(real))})
    point = axes("sp_x sp_y sp_z" if prefixed else "x y z", hits["position"])
    names = (
        {"measurement_id": every}
        if prefixed
        else {"measurement_id_1": every, "measurement_id_2": every * 0 - 1, "geometry_id_1": geometry}
    )
    write_csv(folder, f"{stem}spacepoint.csv", {**names, **point})
    write_csv(folder, f"{stem}particles.csv", {
        **name(shower.number), "particle_type": np.full(6, 13), "process": np.zeros(6, int),
        **axes("vx vy vz", shower.vertex), "vt": np.zeros(6), **axes("px py pz", shower.momentum),
        "m": np.full(6, 0.105658), "q": shower.charge,
    })  # fmt: skip
    return shower


def write_root(folder: Path, event: int, *, jagged: bool) -> Shower:
    """Write, or write again with one more event, two trees in a ROOT file."""
    import awkward
    import uproot

    folder.mkdir(exist_ok=True)
    events = [*range(1, event, 3), event]  # the events written so far
    hits, particles = [], []
    for number in events:
        shower = shoot(number)
        found = mix(shower, 0.01, number)
        volume, layer = name_surface(found["layer"])
        hits.append({
            "event_id": np.full(64, number), "particle_id": found["maker"].astype(np.uint64), "tt": found["time"],
            **axes("x y z", found["position"]), **axes("tx ty tz", found["crossing"]),
            **axes("tpx tpy tpz", found["flight"]), "volume_id": volume, "layer_id": layer,
        })  # fmt: skip
        particles.append({
            "event_id": np.full(6, number), "particle_id": shower.number.astype(np.uint64),
            "particle_type": np.full(6, 13), "q": shower.charge, **axes("vx vy vz", shower.vertex),
            **axes("px py pz", shower.momentum),
        })  # fmt: skip
    with uproot.recreate(folder / "events.root") as file:
        for name, parts in (("hits", hits), ("particles", particles)):
            if jagged:
                lists = {key: awkward.Array([part[key] for part in parts]) for key in parts[0] if key != "event_id"}
                file.mktree(
                    name, {"event_id": "int64", **{key: f"var * {lists[key].type.content.content}" for key in lists}}
                )
                file[name].extend({"event_id": np.array(events), **lists})
            else:
                flat = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
                file.mktree(name, {key: values.dtype for key, values in flat.items()})
                file[name].extend(flat)
    return shoot(event)


def write_colliderml(folder: Path, event: int) -> Shower:
    """Write an event of ColliderML into files of its own."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    shower = shoot(event)
    found = mix(shower, 0.01, event)
    volume, layer = name_surface(found["layer"])
    tables = {
        "tracker_hits": {
            **axes("x y z", found["position"]), **axes("true_x true_y true_z", found["crossing"]),
            "time": found["time"], "particle_id": found["maker"].astype(np.uint64), "volume_id": volume,
            "layer_id": layer, "surface_id": layer, "detector": layer * 0,
        },
        "particles": {
            "particle_id": shower.number.astype(np.uint64), "pdg_id": np.full(6, 13), "mass": np.full(6, 0.1),
            "energy": np.ones(6), "charge": shower.charge, **axes("px py pz", shower.momentum),
            **axes("vx vy vz", shower.vertex), "primary": np.ones(6, bool),
        },
        "calo_hits": {"x": np.ones(3), "energy": np.ones(3)},
    }  # fmt: skip
    for name, columns in tables.items():
        place = folder / f"ttbar_pu0_{name}"
        place.mkdir(parents=True, exist_ok=True)
        lists = {
            key: pa.array([values.tolist()], pa.list_(pa.from_numpy_dtype(values.dtype)))
            for key, values in columns.items()
        }
        pq.write_table(
            pa.table({"event_id": pa.array([event], pa.uint32()), **lists}), place / f"train-{event:05d}.parquet"
        )
    return shower
