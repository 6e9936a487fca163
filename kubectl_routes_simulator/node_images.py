"""The images on the nodes, and how the kubelets pull those that are not there yet."""

from __future__ import annotations

from kubectl_routes_simulator.images import pull_failure
from kubectl_routes_simulator.kube_store import Object
from kubectl_routes_simulator.recorder import Recorder


class NodeImages:
    """Tells with Events what a pull comes to. Every pod knows its node."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._there: set[tuple[str, str]] = set()

    def keep(self, pod: Object) -> None:
        """The pod's images are on its node."""
        self._there.update((_node(pod), image) for image in _images(pod))

    def complete(self, pod: Object) -> bool:
        """Whether all of the pod's images are on its node; if so, that is told."""
        if self._absent(pod):
            return False
        for image in _images(pod):
            message = f'Container image "{image}" already present on machine'
            self._record(pod, "Normal", "Pulled", message)
        return True

    def begin(self, pod: Object) -> None:
        """A pull begins."""
        message = f'Pulling image "{self._absent(pod)[0]}"'
        self._record(pod, "Normal", "Pulling", message)

    def finish(self, pod: Object) -> str:
        """The pull ends; returns why it has failed, in the words of the runtime, or empty text."""
        for image in self._absent(pod):
            failure = pull_failure(image)
            if failure:
                message = f'Failed to pull image "{image}": {failure}'
                self._record(pod, "Warning", "Failed", message)
                self._record(pod, "Warning", "Failed", "Error: ErrImagePull")
                return failure
            self._there.add((_node(pod), image))
            message = (
                f'Successfully pulled image "{image}" in 1.204s (1.204s including waiting). '
                "Image size: 42013337 bytes."
            )
            self._record(pod, "Normal", "Pulled", message)
        return ""

    def back_off(self, pod: Object) -> str:
        """The kubelet will wait before it tries again; returns what it says."""
        message = f'Back-off pulling image "{self._absent(pod)[0]}"'
        self._record(pod, "Normal", "BackOff", message)
        self._record(pod, "Warning", "Failed", "Error: ImagePullBackOff")
        return message

    def _record(self, pod: Object, type_: str, reason: str, message: str) -> None:
        self._recorder.record(pod, type_, reason, message, _node(pod))

    def _absent(self, pod: Object) -> list[str]:
        return [image for image in _images(pod) if (_node(pod), image) not in self._there]


def _node(pod: Object) -> str:
    return str(pod["spec"]["nodeName"])


def _images(pod: Object) -> list[str]:
    return [one["image"] for one in pod["spec"]["containers"]]
