"""The graphs of trees and lines against scikit-learn's own probabilities, and the ruler that no method may exceed."""

from pathlib import Path

import numpy as np
import pytest

from corpuscle.api.classical import train_classical
from corpuscle.api.identify import identify
from corpuscle.api.images import simulate_images
from corpuscle.api.labels import score_rows
from corpuscle.identification.classical.graph import Tree, draw_trees, round_down
from corpuscle.io.images.store import open_images
from corpuscle.io.labels import make_labels
from corpuscle.io.table import Table
from corpuscle.training.boosted_trees import BoostedTreesTrainer, take_trees
from corpuscle.training.classical import Examples
from corpuscle.training.logistic import LogisticTrainer

pytest.importorskip("sklearn")
runtime = pytest.importorskip("onnxruntime")


def draw(classes: int) -> tuple[Examples, Examples]:
    """Draw features with many equal values, so that thresholds lie close to them."""
    random = np.random.default_rng(classes)
    feature = np.round(random.normal(size=(900, 5)), 1).astype(np.float32)
    label = np.clip(np.floor(feature[:, 0] + feature[:, 1] ** 2 + random.normal(size=900)), 0, classes - 1).astype(int)
    return Examples(feature[:600], label[:600]), Examples(feature[600:], label[600:])


def run(graph: object, feature: np.ndarray) -> np.ndarray:
    session = runtime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])  # type: ignore[attr-defined]
    return np.asarray(session.run(["probability"], {"features": feature})[0])


@pytest.mark.parametrize("classes", [2, 3])
def test_the_graph_of_trees_says_what_scikit_learn_says(classes: int) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    training, validation = draw(classes)
    grown = HistGradientBoostingClassifier(max_iter=20, random_state=0, early_stopping=False).fit(*training)
    base = np.asarray(grown._baseline_prediction).ravel()
    found = run(draw_trees(list(take_trees(grown)), base, 5), validation.feature)
    np.testing.assert_allclose(found, grown.predict_proba(validation.feature), atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_graph_of_a_line_says_what_scikit_learn_says(classes: int) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    training, validation = draw(classes)
    fitted = LogisticTrainer(penalty=2.0).fit(training, validation, 0)
    scale = StandardScaler().fit(training.feature.astype(float))
    plain = LogisticRegression(C=0.5, max_iter=1000).fit(scale.transform(training.feature), training.label)
    wanted = plain.predict_proba(scale.transform(validation.feature))
    np.testing.assert_allclose(run(fitted.graph, validation.feature), wanted, atol=1e-5)
    loss = -np.log(wanted[np.arange(300), validation.label]).mean()
    assert fitted.history[-1].validation_loss == pytest.approx(loss, rel=1e-4)
    assert fitted.history[-1].step == 600


def test_the_losses_of_trees_are_those_of_their_graph() -> None:
    training, validation = draw(3)
    fitted = BoostedTreesTrainer(iterations=15, least=5).fit(training, validation, 0)
    said = run(fitted.graph, validation.feature)
    loss = -np.log(said[np.arange(300), validation.label]).mean()
    assert fitted.history[-1].validation_loss == pytest.approx(loss, rel=1e-4)


def test_a_threshold_between_two_numbers_of_single_precision_parts_them() -> None:
    low = np.float32(0.1)
    high = np.nextafter(low, np.float32(1))
    node = np.zeros(3, dtype=np.int64)
    tree = Tree(
        feature=node, threshold=np.array([(float(low) + float(high)) / 2, 0, 0]), left=node + 1, right=node + 2,
        leaf=np.array([False, True, True]), value=np.array([0.0, -1.0, 1.0]), target=0,
    )  # fmt: skip
    said = run(draw_trees([tree], np.zeros(1), 1), np.array([[low], [high]], np.float32))
    assert said[0, 1] < 0.5 < said[1, 1]
    assert round_down(tree.threshold)[0] == low


@pytest.mark.slow
@pytest.mark.parametrize("method", ["boosted-trees", "logistic"])
def test_methods_come_near_the_ceiling_and_never_above(method: str, tmp_path: Path) -> None:
    """50,000 images of templates: at least 0.86, and not above the best possible by three standard errors."""
    simulate_images("templates", tmp_path / "store", settings={"events": 50_000}, seed=0)
    store = open_images(tmp_path / "store")
    train_classical(method, {"data": str(store.folder)}, tmp_path / "run")
    table = identify(store, method=tmp_path / "run", part="test")
    found = make_labels(Table(columns=table, roles={}, first_line=0, format="python"))
    ranking = score_rows(found, store).scores.ranking
    assert ranking.value >= 0.86
    assert ranking.value <= store.card["source"]["ceiling"] + 3 * ranking.error
