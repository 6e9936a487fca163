"""A rollout of CCM, looked at from its workload and its pods."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_routes.model.undo import CONFIG_HASH
from kubectl_routes.plan.rollout_status import (
    RolloutStatus,
    Trouble,
    is_current,
    judge,
    trouble_of,
    waiting_for,
)
from tests.plan.world import Object, container_of, daemon_set, running

READY = [{"type": "Ready", "status": "True"}]


def workload(pods: int = 3, **status: Any) -> Object:
    """CCM of hash ``new``, fully rolled out unless ``status`` says otherwise."""
    made = running(daemon_set(), pods)
    made["spec"]["template"]["metadata"]["annotations"] = {CONFIG_HASH: "new"}
    made["metadata"]["generation"] = 1
    made["status"] |= status
    return made


def pod(name: str, hashed: str = "new", *, ready: bool = True, **status: Any) -> Object:
    container = {**container_of(daemon_set()), "resources": {}}
    return {
        "metadata": {"name": name, "uid": f"uid-{name}", "annotations": {CONFIG_HASH: hashed}},
        "spec": {"containers": [container]},
        "status": {"conditions": READY if ready else [], **status},
    }


def waiting(reason: str, restarts: int = 0, **more: Any) -> Object:
    state = {"waiting": {"reason": reason, "message": "back-off\n 5m"}}
    return {"containerStatuses": [{"state": state, "restartCount": restarts, **more}]}


ALL_NEW = [pod("a"), pod("b"), pod("c")]


def test_done_when_every_pod_is_new_and_ready() -> None:
    assert judge(workload(), ALL_NEW) == RolloutStatus(
        True, "3 of 3 CCM pods updated and ready", strategy="RollingUpdate"
    )


@pytest.mark.parametrize(
    ("status", "pods", "line"),
    [
        ({"observedGeneration": 0}, ALL_NEW, "3 of 3 CCM pods updated and ready"),
        ({"updatedNumberScheduled": 2}, ALL_NEW, "3 of 3 CCM pods updated and ready"),
        ({"numberAvailable": 2}, ALL_NEW, "3 of 3 CCM pods updated and ready"),
        ({}, ALL_NEW[:2], "2 of 3 CCM pods updated and ready"),
        ({}, [*ALL_NEW[:2], pod("c", ready=False)], "2 of 3 CCM pods updated and ready"),
        ({"desiredNumberScheduled": 0}, [], "no node takes a pod of CCM"),
        ({"desiredNumberScheduled": None}, [], "no node takes a pod of CCM"),
    ],
)
def test_not_done_while_something_lags_behind(
    status: Object, pods: list[Object], line: str
) -> None:
    stage = judge(workload(**status), pods)
    assert (stage.done, stage.line) == (False, line)


def test_pods_of_the_old_template_are_named_those_that_do_not_work_first() -> None:
    gone = pod("gone", "old")
    gone["metadata"]["deletionTimestamp"] = "now"
    pods = [pod("c", "old"), pod("a", "old"), pod("b", "old", ready=False), gone]
    stage = judge(workload(), pods)
    assert stage.outdated == (("b", "uid-b"), ("a", "uid-a"), ("c", "uid-c"))
    assert (stage.done, stage.removable) == (False, True)


@pytest.mark.parametrize(
    ("pods", "removable"),
    [
        ([pod("a"), pod("b"), pod("c", "old")], True),
        ([pod("a"), pod("b", ready=False), pod("c", "old")], False),
        ([pod("a"), pod("c", "old")], False),
        (ALL_NEW, False),
    ],
)
def test_a_working_pod_may_go_only_when_all_the_others_work(
    pods: list[Object], removable: bool
) -> None:
    assert judge(workload(), pods).removable is removable


def test_a_pod_is_of_the_template_whose_hash_it_carries_whatever_a_webhook_made_of_it() -> None:
    rewritten = pod("a")
    rewritten["spec"]["containers"][0]["image"] = "mirror/ccm:new"
    assert is_current(workload(), rewritten)
    assert not is_current(workload(), pod("a", "old"))
    assert not is_current(workload(), {**pod("a"), "metadata": {"name": "a"}})


def test_a_deployment_is_counted_by_its_own_fields() -> None:
    counted = {"updatedReplicas": 1, "availableReplicas": 1, "replicas": 1}
    made = {**workload(), "kind": "Deployment", "status": {"observedGeneration": 1, **counted}}
    assert judge(made, [pod("a")]).done
    for name in ("updatedReplicas", "availableReplicas"):
        assert not judge({**made, "status": {**made["status"], name: 0}}, [pod("a")]).done
    assert not judge({**made, "status": {**made["status"], "replicas": 2}}, [pod("a")]).done
    made["spec"]["replicas"] = 2
    assert judge(made, [pod("a")]).line == "1 of 2 CCM pods updated and ready"


def test_a_workload_without_a_status_has_not_begun() -> None:
    bare = workload()
    del bare["status"]
    del bare["spec"]["updateStrategy"]
    assert judge(bare, []) == RolloutStatus(False, "0 of 0 CCM pods updated and ready")


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (waiting("CrashLoopBackOff"), Trouble("a", "CrashLoopBackOff", "back-off 5m")),
        (
            waiting("CrashLoopBackOff", lastState={"terminated": {"message": "panic:\tx"}}),
            Trouble("a", "CrashLoopBackOff", "panic: x"),
        ),
        (waiting("ErrImagePull", 1), None),
        (waiting("ErrImagePull", 2), Trouble("a", "ErrImagePull", "back-off 5m")),
        (waiting("ContainerCreating"), None),
        ({"containerStatuses": [{"state": {"running": {}}}]}, None),
        ({}, None),
    ],
)
def test_trouble_is_what_no_waiting_fixes(status: Object, trouble: Trouble | None) -> None:
    broken = pod("a", ready=False, **status)
    assert trouble_of(broken) == trouble
    assert judge(workload(), [broken]).trouble == trouble


def test_the_words_of_a_trouble_are_bounded_and_may_be_missing() -> None:
    state = {"waiting": {"reason": "ImagePullBackOff"}}
    silent = pod("a", containerStatuses=[{"state": state}])
    assert trouble_of(silent) == Trouble("a", "ImagePullBackOff")
    state["waiting"]["message"] = 300 * "x"
    assert trouble_of(silent) == Trouble("a", "ImagePullBackOff", 256 * "x")


def test_a_pod_is_ready_by_that_condition_alone() -> None:
    started = [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "False"}]
    pods = [pod("a", conditions=started)]
    assert judge(workload(1), pods).line == "0 of 1 CCM pods updated and ready"


def test_a_pod_without_a_uid_has_none() -> None:
    old = pod("a", "old")
    del old["metadata"]["uid"]
    assert judge(workload(), [old]).outdated == (("a", ""),)


def test_trouble_of_an_old_pod_is_none_of_ours() -> None:
    old = pod("a", "old", ready=False, **waiting("CrashLoopBackOff"))
    assert judge(workload(), [old]).trouble is None


def test_trouble_reads_as_one_clause() -> None:
    assert Trouble("a", "CrashLoopBackOff").text == "pod a: CrashLoopBackOff"
    assert Trouble("a", "CrashLoopBackOff", "x").text == "pod a: CrashLoopBackOff: x"


def test_the_first_pod_that_waits_is_told() -> None:
    bare = {"metadata": {"name": "x"}}
    pods = [bare, pod("a"), pod("b", **waiting("ContainerCreating")), pod("c", **waiting("x"))]
    assert waiting_for(pods) == "b: ContainerCreating"
    assert waiting_for([bare, pod("a", containerStatuses=[{"state": {}}])]) == ""
