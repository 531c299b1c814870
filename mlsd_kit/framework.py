"""The framework that everything hangs on: six stages, and the items a design must answer.

Restated from *Machine Learning System Design: an interview framework*
(ifding/ml-system-design, MIT licence). The ids are stable, so that a lesson, a case, an exercise
and a test can name what they cover. "Shown" means that a learner sees it happen on data.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from mlsd_kit.errors import UserError


@dataclass(frozen=True)
class Item:
    """One thing to be taught: its id, its stage, what it is, and what shows it."""

    id: str
    stage: str
    title: str
    shown_by: str


@dataclass(frozen=True)
class Stage:
    """One of the six stages, with its items in order."""

    name: str
    items: tuple[Item, ...]

    @property
    def title(self) -> str:
        """The stage's name as a heading."""
        return self.name.capitalize()


def _stage(name: str, *rows: tuple[str, str, str]) -> Stage:
    return Stage(name, tuple(Item(id, name, title, shown_by) for id, title, shown_by in rows))


STAGES: tuple[Stage, ...] = (
    _stage(
        "requirements",
        (
            "R1",
            "primary goal, as one measurable quantity (for ads: clicks)",
            "the case's objective computed on its data",
        ),
        (
            "R2",
            "secondary goals that guard the first (ad quality, diversity, complaint rate)",
            "the guard computed next to the objective, and a design that wins R1 while losing R2",
        ),
        (
            "R3",
            "batch prediction: accumulated data, on a schedule, high throughput",
            "the same model served as a batch job: rows/s",
        ),
        (
            "R4",
            "online prediction: on request, low latency",
            "the same model served per request: p50/p99",
        ),
        (
            "R5",
            "reliability: an ML system fails without an error, by garbage output",
            "a fault injected in a feature; no exception; the monitor that catches it",
        ),
        (
            "R6",
            "scalability: how many users, how much content, how many requests",
            "capacity arithmetic from the case's scale figures, with units",
        ),
        (
            "R7",
            "maintainability: distributions move; retraining and updating",
            "quality against age of the model, and what a retraining schedule buys",
        ),
        (
            "R8",
            "adaptability: new data with added features, changed objective",
            "a feature added, an objective swapped, and what had to change",
        ),
        (
            "R9",
            "clarifying questions that narrow a broad prompt",
            "the case's hidden facts, revealed when asked",
        ),
        (
            "R10",
            "performance and capacity constraints agreed early",
            "a latency budget split over the stages of the request",
        ),
        (
            "R11",
            "how the ML system fits in the product backend",
            "the case's architecture diagram, with the product's own services on it",
        ),
    ),
    _stage(
        "data",
        ("D1", "explore: what does the data look like", "profile of every column"),
        (
            "D2",
            "features and their relationship with the target",
            "per-feature plots / mutual information",
        ),
        ("D3", "class balance", "base rate, and what resampling does to calibration"),
        (
            "D4",
            "missing values, and which models care",
            "same model with and without imputation, tree against linear",
        ),
        (
            "D5",
            "unexpected values: typo or signal?",
            "rules that flag, a reasoned decision, and the effect of each choice",
        ),
        (
            "D6",
            "feature importance: partial dependence, SHAP",
            "both, on the trained model, and where they disagree with permutation importance",
        ),
        (
            "D7",
            "ingestion and storage",
            "event log -> columnar storage; the bytes per day, computed",
        ),
        (
            "D8",
            "feature engineering: encoding categorical values",
            "one-hot, target, hashing: quality and size of each",
        ),
        (
            "D9",
            "embeddings: entities as low-dimensional vectors that keep meaning",
            "trained here, neighbours inspected, used as features",
        ),
        (
            "D10",
            "train / validation / test split",
            "by time and by group against at random, and the leak that random hides",
        ),
    ),
    _stage(
        "model",
        (
            "M1",
            "choosing a model: baseline first",
            "a ladder: heuristic, linear, trees, neural or factorised, with cost beside quality",
        ),
        ("M2", "hyperparameters", "a search with a budget, and its curve"),
        (
            "M3",
            "bias against variance: over- and underfitting, and what to do about each",
            "learning and validation curves, read aloud",
        ),
        ("M4", "the ML pipeline, drawn", "a diagram generated from the pipeline object"),
        ("M5", "debugging a model", "slices, errors, label noise, leakage; one planted bug found"),
    ),
    _stage(
        "evaluation",
        (
            "E1",
            "AUC, F1, MSE, accuracy, NDCG, log loss and when to use which",
            "one model ranked differently by different metrics",
        ),
        (
            "E2",
            "offline and online metrics",
            "both named for the case, and how far they agree in simulation",
        ),
        (
            "E3",
            "component-wise and end-to-end metrics",
            "a stage made better while the whole gets worse",
        ),
        ("E4", "TP, FP, TN, FN; confusion matrix", "from the case's model"),
        ("E5", "precision, recall, specificity, F-score on imbalanced data", "accuracy that lies"),
        ("E6", "ROC: TPR against FPR, choosing the threshold", "threshold from costs"),
        ("E7", "AUC to compare models", "with a confidence interval on the difference"),
        ("E8", "NDCG and its kin for ranking", "from judged or logged lists"),
        ("E9", "calibration: expected against observed", "reliability curve, normalised entropy"),
        (
            "E10",
            "experiments from configuration objects",
            "a run is one object; change it, rerun it, compare",
        ),
        ("E11", "a fixed testing protocol", "split, seeds, metrics and tests declared once"),
        ("E12", "keeping track of experiment results", "runs listed, filtered, compared"),
    ),
    _stage(
        "deployment",
        (
            "P1",
            "architecture: components, and how data flows through them",
            "the case's design as an object: drawn, checked, simulated",
        ),
        ("P2", "serving: embedded model", "called in process"),
        ("P3", "serving: model as a separate service", "a real HTTP service under load"),
        (
            "P4",
            "serving: model published as data",
            "exported, published, loaded by another process",
        ),
        (
            "P5",
            "tests that features are computed right: scaling, one-hot, missing values",
            "real tests on the case's features",
        ),
        (
            "P6",
            "the exported model gives the same results (offline against online)",
            "parity test, with its tolerance",
        ),
        ("P7", "model quality monitored", "drift and quality monitors on a stream that shifts"),
        ("P8", "bias and fairness validated", "metrics by group, and a gate"),
        (
            "P9",
            "a holdout data set distributed with the model, rerun after integration",
            "the bundle carries it; the service re-scores itself",
        ),
        ("P10", "several models for one task", "a router"),
        ("P11", "shadow model on production traffic before promotion", "divergence report"),
        (
            "P12",
            "competing models: A/B test with enough data",
            "sample size before, significance after",
        ),
        ("P13", "competing models: multi-armed bandit", "regret against A/B on the same traffic"),
        (
            "P14",
            "online learning, with model and data versioned",
            "a model that learns from the stream, and can go back",
        ),
        (
            "P15",
            "orchestration: provision, run pipelines, validate, decide promotion, deploy",
            "one pipeline that ends in a promotion decision with its reasons",
        ),
    ),
    _stage(
        "scaling",
        ("S1", "more demand: web app and serving replicas", "latency against load and replicas"),
        ("S2", "data partitioning", "partitions pruned; skew and hot keys"),
        ("S3", "data parallelism", "one training job over several workers: speed-up and its limit"),
        ("S4", "model parallelism", "a model larger than one worker's share, split; same result"),
        (
            "S5",
            "the funnel: each stage processes fewer candidates",
            "recall, latency and cost of each stage, and of the whole",
        ),
        (
            "S6",
            "approximate nearest neighbours: IVF, PQ, LSH, HNSW",
            "recall against latency and memory",
        ),
        (
            "S7",
            "caching, precomputation, push / pull / hybrid",
            "hit rate and write amplification against follower skew",
        ),
    ),
)

STAGE_NAMES: tuple[str, ...] = tuple(stage.name for stage in STAGES)

ITEMS: dict[str, Item] = {item.id: item for stage in STAGES for item in stage.items}


def stage(name: str) -> Stage:
    """The stage of that name.

    Raises:
        UserError: for a name that is none of the six.

    >>> [item.id for item in stage("model").items]
    ['M1', 'M2', 'M3', 'M4', 'M5']
    """
    for found in STAGES:
        if found.name == name:
            return found
    raise UserError(f"unknown stage {name!r}; the stages are {', '.join(STAGE_NAMES)}")


def item(id: str) -> Item:
    """The item with that id.

    Raises:
        UserError: for an unknown id, naming the nearest one.

    >>> item("E9").stage
    'evaluation'
    """
    try:
        return ITEMS[id]
    except KeyError:
        nearest = difflib.get_close_matches(id, ITEMS, n=1, cutoff=0)[0]
        raise UserError(f"unknown framework item {id!r}; the nearest is {nearest!r}") from None
