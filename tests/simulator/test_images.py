from __future__ import annotations

import pytest

from kubectl_routes_simulator.node_runtime import pull_failure

OLD = "registry.cn-hangzhou.aliyuncs.com/acs/cloud-controller-manager-amd64"
NEW = "registry-cn-hangzhou.ack.aliyuncs.com/acs/cloud-controller-manager"


@pytest.mark.parametrize(
    "image",
    [
        f"{OLD}:v1.9.3.86-g4454991-aliyun",
        f"{OLD}:v1.9.3.105-gfd4e547-aliyun",
        f"{OLD}:v1.9.3-164-g2105d2e-aliyun",
        "registry-vpc.cn-beijing.aliyuncs.com/acs/cloud-controller-manager-amd64:v2.4.0",
        "registry-cn-shanghai-vpc.ack.aliyuncs.com/acs/cloud-controller-manager:v2.10.0",
        f"{NEW}-amd64:v2.9.1",
        "registry.cn-hangzhou.aliyuncs.com/acs/cloud-controller-manager:v2.4.0",
        f"{NEW}:v2.14.0",
        f"{NEW}:v2.14.0@sha256:{'0' * 64}",
    ],
)
def test_published_images_can_be_pulled(image: str) -> None:
    assert pull_failure(image) == ""


@pytest.mark.parametrize(
    "image",
    [
        f"{OLD}:v1.9.3.86-g0000000-aliyun",
        f"{OLD}:v1.9.3.86-g4454991",
        f"{OLD}:v1.9.3.106-gfd4e547-aliyun",
        f"{NEW}:v2.9.1",
        f"{NEW}:v3.0.0",
        NEW,
    ],
)
def test_tag_that_nobody_published_is_not_found(image: str) -> None:
    assert pull_failure(image).endswith(f'"{image}": {image}: not found')


def test_repository_that_is_not_there_denies_access() -> None:
    assert "insufficient_scope: authorization failed" in pull_failure(f"{NEW}-arm:v2.14.0")


def test_host_that_is_no_registry_has_no_address() -> None:
    assert pull_failure("registry.example.com/acs/x:v1").endswith(
        'failed to do request: Head "https://registry.example.com/v2/acs/x/manifests/v1": '
        "dial tcp: lookup registry.example.com: no such host"
    )
