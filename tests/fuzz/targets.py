"""All kinds of input, and how many of 100,000 each is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.fuzz.annotations import Annotations
from tests.fuzz.arguments import Arguments
from tests.fuzz.cloud_configs import CloudConfigs
from tests.fuzz.key_files import KeyFiles
from tests.fuzz.kube_answers import KubeAnswers
from tests.fuzz.kubeconfigs import Kubeconfigs
from tests.fuzz.snapshot_files import SnapshotFiles
from tests.fuzz.suppress_files import SuppressFiles
from tests.fuzz.target import Target
from tests.fuzz.vpc_answers import VpcAnswers
from tests.fuzz.wire import Wire

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
