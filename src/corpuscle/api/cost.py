"""Say what a method costs, by its name or from the folder of its run."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from corpuscle.api.fit import choose_fitter
from corpuscle.api.link import find_linker
from corpuscle.data.registry import Named
from corpuscle.data.settings import build_method
from corpuscle.fitting.fitters import FITTERS
from corpuscle.identification.learned.form import list_members, open_form
from corpuscle.identification.nets import IMAGE_NETS, find_shape
from corpuscle.io.checksums import CARD
from corpuscle.io.images.store import open_images
from corpuscle.linking.hits import HIT_LINKERS
from corpuscle.linking.learned.shape import EmbeddingShape
from corpuscle.linking.learned.shipped import EMBEDDING
from corpuscle.linking.linkers import LINKERS
from corpuscle.nets.images.cnn_shape import CnnShape
from corpuscle.nets.images.preparation import Preparation
from corpuscle.nets.images.shape import VitShape
from corpuscle.training.classical_cost import ClassicalCost, measure_classical_cost
from corpuscle.training.cost import Cost, measure_cost
from corpuscle.training.fit_cost import TRACKS, FitCost, measure_fit_cost
from corpuscle.training.hit_cost import HitCost, measure_hit_cost
from corpuscle.training.image_cost import ImageCost, measure_image_cost, profile_net
from corpuscle.training.pair_embedding import PairEmbeddingTrainer
from corpuscle.training.run import read_run, refuse_absent
from corpuscle.training.trainers import CLASSICAL_TRAINERS, TRAINERS

AnyCost = Cost | FitCost | ImageCost | ClassicalCost | HitCost


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a method is measured with; each kind of method has its own, and None leaves it to that.

    Args:
        frames: frames of the sequence that a linker links; 150.
        particles: detections in each; the fewest, from 2 on, that the linker is made for.
        tracks: tracks that a fitter fits; 2000.
        batch: images that a net judges at once; 1.
        accelerator: where a net that reads images runs: cpu, gpu; cpu.
    """

    frames: int | None = None
    particles: int | None = None
    tracks: int | None = None
    batch: int | None = None
    accelerator: str | None = None


def cost_of(method: str, settings: Mapping[str, object], load: Load | None = None) -> AnyCost:
    """Say what a method costs: parameters, multiply-adds, time and memory.

    Args:
        method: the name of a linker, a fitter or a net, or the folder of a run of one; of trees and lines that name
            images the folder, since their cost is what they have learned.
        settings: its settings.
        load: what it is measured with.

    Raises: ValueError, when there is no such method, or it is measured with what belongs to another kind.
    """
    load, name = load or Load(), name_method(method)
    if name in IMAGE_NETS:
        refuse_others(method, "a net that reads images", load, ("batch", "accelerator"))
        shape, preparation, nets = find_net(method, settings)
        where = load.accelerator or "cpu"
        return measure_image_cost(shape, batch=load.batch or 1, preparation=preparation, nets=nets, accelerator=where)
    if name in CLASSICAL_TRAINERS:
        refuse_others(method, "a classical identifier", load, ("batch",))
        return cost_classical(method, settings, load.batch or 1)
    if name == EMBEDDING.net:
        refuse_others(method, "a net that places hits", load, ())
        return measure_hit_cost(find_embedding(method, settings))
    if name in FITTERS:
        refuse_others(method, "a fitter", load, ("tracks",))
        fitter, apparatus = choose_fitter(method, settings)
        others = [key for key in apparatus if key != "field"]
        if others:
            message = f"{method} is measured in the helix world, where field can be set, not {others[0]}"
            raise ValueError(message)
        field = apparatus.get("field")
        return measure_fit_cost(
            fitter, tracks=load.tracks or TRACKS, field=None if field is None else float(str(field))
        )
    refuse_others(method, "a linker", load, ("frames", "particles"))
    return measure_cost(method, find_linker(method, settings), frames=load.frames or 150, particles=load.particles)


def profile_of(method: str, settings: Mapping[str, object], load: Load) -> str:
    """Give what torch does for one batch of a net that reads images, operation by operation.

    Raises: ValueError, when the method is another.
    """
    if name_method(method) not in IMAGE_NETS:
        message = f"a profile is of a net that reads images, and {method} is none; there are {', '.join(IMAGE_NETS)}"
        raise ValueError(message)
    shape, preparation, _ = find_net(method, settings)
    return profile_net(shape, batch=load.batch or 1, preparation=preparation, accelerator=load.accelerator or "cpu")


def name_method(method: str) -> str:
    """Give the name of the method that a name or the folder of a run stands for.

    Raises: ValueError, when it stands for none.
    """
    known = {**LINKERS.entries, **FITTERS.entries, **IMAGE_NETS.entries, **CLASSICAL_TRAINERS.entries}
    known[EMBEDDING.net] = HIT_LINKERS.entries[EMBEDDING.net]
    refuse_absent(method, known)
    name = read_run(Path(method)).method if method not in known and Path(method).is_dir() else method
    if name not in known:
        Named[type]("linker, fitter or net", known)[name]  # says what there is
    return name


def find_net(method: str, settings: Mapping[str, object]) -> tuple[VitShape | CnnShape, Preparation | None, int]:
    """Give the settings of a net by its name, or those of a run, its preparation, and how many judge together.

    Raises: ValueError, when settings are given for a run, which has its own.
    """
    if method in IMAGE_NETS:
        return find_shape(method, settings), None, 1
    refuse_settings(method, settings)
    files = list_members(method)
    form, _ = open_form(files[0])
    return form.shape, form.preparation, len(files)


def cost_classical(method: str, settings: Mapping[str, object], batch: int) -> ClassicalCost:
    """Measure what trees or lines cost.

    Raises: ValueError, when only their name is said, or settings are given for a run, which has its own.
    """
    if method in CLASSICAL_TRAINERS:
        message = (
            f"{method} costs what it has learned: name the folder of a run of `corpuscle train {method} STORE -o RUN`"
        )
        raise ValueError(message)
    refuse_settings(method, settings)
    run = read_run(Path(method))
    data = Path(str(run.settings.get("data", "")))
    return measure_classical_cost(run, open_images(data) if (data / CARD).is_file() else None, batch=batch)


def find_embedding(method: str, settings: Mapping[str, object]) -> EmbeddingShape:
    """Give the settings of a net that places hits, by its name or those of a run.

    Raises: ValueError, when a setting is unknown, or given for a run, which has its own.
    """
    if method == EMBEDDING.net:
        trainer: PairEmbeddingTrainer = build_method(TRAINERS[method], settings, name=method)
        return EmbeddingShape(**trainer.describe_net())
    refuse_settings(method, settings)
    own = read_run(Path(method)).settings
    return EmbeddingShape(**{field.name: int(own[field.name]) for field in fields(EmbeddingShape)})


def refuse_settings(method: str, settings: Mapping[str, object]) -> None:
    """Refuse settings of a run, which has its own."""
    if settings:
        message = f"{method} was trained with settings of its own: leave out {', '.join(settings)}, or name the method"
        raise ValueError(message)


def refuse_others(method: str, kind: str, load: Load, own: tuple[str, ...]) -> None:
    """Refuse what another kind of method is measured with."""
    for name in Load.__dataclass_fields__:
        if name not in own and getattr(load, name) is not None:
            told = f"its cost is measured with {' and '.join(own)}" if own else f"leave {name} out"
            message = f"{method} is {kind}, which has no {name} here; {told}"
            raise ValueError(message)
