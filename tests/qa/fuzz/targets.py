"""All kinds of input, and how many of 100,000 each is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.qa.fuzz.annotations import Annotations
from tests.qa.fuzz.arguments import Arguments
from tests.qa.fuzz.cloud_configs import CloudConfigs
from tests.qa.fuzz.key_files import KeyFiles
from tests.qa.fuzz.kube_answers import KubeAnswers
from tests.qa.fuzz.kubeconfigs import Kubeconfigs
from tests.qa.fuzz.snapshot_files import SnapshotFiles
from tests.qa.fuzz.suppress_files import SuppressFiles
from tests.qa.fuzz.target import Target
from tests.qa.fuzz.vpc_answers import VpcAnswers
from tests.qa.fuzz.wire import Wire

SHARES: dict[Callable[[Path], Target], int] = {
    Kubeconfigs: 8_500,
    CloudConfigs: 9_000,
    KubeAnswers: 9_000,
    VpcAnswers: 20_000,
    Wire: 1_500,
    SnapshotFiles: 24_000,
    SuppressFiles: 7_000,
    Arguments: 10_000,
    Annotations: 7_000,
    KeyFiles: 4_000,
}
