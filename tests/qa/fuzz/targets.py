"""All kinds of input."""

from __future__ import annotations

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

TARGETS: tuple[type[Target], ...] = (
    Kubeconfigs,
    CloudConfigs,
    KubeAnswers,
    VpcAnswers,
    Wire,
    SnapshotFiles,
    SuppressFiles,
    Arguments,
    Annotations,
    KeyFiles,
)
