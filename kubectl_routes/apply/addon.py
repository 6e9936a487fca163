"""The list of tables of a managed cluster: read, written and waited for where its CCM has it, in
the configuration of an add-on.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from kubectl_routes.apply.ack_api import (
    ACTIVE,
    BUSY,
    FAILURES,
    LIST,
    NAME,
    SUCCESS,
    AckApi,
    Instance,
    is_passing,
)
from kubectl_routes.apply.addon_config import Addon, Path, list_in, path_to_list, same, words_in
from kubectl_routes.collect.aliyun_client import NoResponseError
from kubectl_routes.collect.deadline import CONNECTION_ATTEMPTS, backoff
from kubectl_routes.model.errors import ChangedMeanwhile, CloudError, WaitTimeout
from kubectl_routes.model.message import joined, message

# Seconds between two looks: soon at first, then as often as an operator would.
FIRST_POLL_SECONDS = 0.25
POLL_SECONDS = 5.0

_LOOK = message("look at it in the console: the cluster, Add-ons, Cloud Controller Manager")


class AddonChange(Struct, frozen=True):
    """A change that the API accepted: ``task_id`` when it told one, ``text`` the configuration
    that was written, ``path`` where its list is. ``repr`` does not show the configuration.
    """

    cluster_id: str
    task_id: str
    path: Path
    text: str

    def __repr__(self) -> str:
        return f"AddonChange({self.cluster_id}, {self.task_id})"


class _Progress(Struct, frozen=True):
    """How far a change is: in words, whether it is over, and why it failed."""

    words: str
    done: bool = False
    failure: str = ""


def read_addon(api: AckApi, cluster_id: str) -> Addon:
    """CCM's version, state and configuration, and where in it the list of tables is.

    Raises CloudError, also for an unexpected answer and for a schema without one clear place
    for the list.
    """
    seen = api.instance(cluster_id)
    path = path_to_list(api.schema(cluster_id, seen.version), LIST)
    list_in(seen.config, path)
    return Addon(NAME, seen.version, seen.state, path, seen.config)


def modify(api: AckApi, cluster_id: str, addon: Addon, text: str) -> AddonChange:
    """Make ``text`` the configuration of the add-on that was read as ``addon``.

    The API takes no precondition, so it is read once more right before the write. Raises
    ChangedMeanwhile when version or configuration are different, and CloudError when another change
    is under way. Between that answer and the write lies one round trip, tenths of a second, in
    which a change by someone else would be overwritten unseen. A write whose answer is lost is
    repeated only when the configuration shows that it was not done.
    """
    secrets = words_in(addon.text, addon.path)
    lost: NoResponseError | None = None
    for attempt in range(CONNECTION_ATTEMPTS):
        seen = api.instance(cluster_id, secrets)
        if lost is not None and (same(seen.config, text) or seen.state in BUSY):
            return AddonChange(cluster_id, "", addon.path, text)
        _check_untouched(addon, seen)
        try:
            task_id = api.configure(cluster_id, text, secrets)
        except NoResponseError as error:
            lost = error
            api.clock.sleep(backoff(attempt))
        else:
            return AddonChange(cluster_id, task_id, addon.path, text)
    raise lost or AssertionError


def wait_for_change(
    api: AckApi, change: AddonChange, until: float, notify: Callable[[str], None]
) -> None:
    """Wait until the add-on runs with the configuration that was written.

    ``until`` is a moment of the clock's ``monotonic``; ``notify`` gets each new state, in words.
    Raises CloudError when the change failed, with the API's reason, and WaitTimeout.
    """
    told, pause = "", FIRST_POLL_SECONDS
    while True:
        progress = _progress(api, change, max(1.0, until - api.clock.monotonic()))
        if progress.words != told:
            notify(progress.words)
            told = progress.words
        if progress.failure:
            raise CloudError(progress.failure, _LOOK)
        if progress.done:
            return
        if api.clock.monotonic() + pause > until:
            raise WaitTimeout(
                message("the change of the add-on is not over in time; last: {told}", told=told),
                _LOOK,
            )
        api.clock.sleep(pause)
        pause = min(POLL_SECONDS, 2 * pause)


def _check_untouched(addon: Addon, seen: Instance) -> None:
    again = message("run the command again: it reads the add-on and asks again")
    if seen.version != addon.version:
        raise ChangedMeanwhile(
            message(
                "the add-on has just been updated from {version} to {new}",
                version=addon.version,
                new=seen.version,
            ),
            again,
        )
    if not same(addon.text, seen.config):
        raise ChangedMeanwhile(
            message("the configuration of the add-on has just been changed"), again
        )
    if seen.state in BUSY:
        raise CloudError(
            message(
                "the add-on is {state}: another change is under way, nothing was written",
                state=seen.state,
            ),
            message("wait until it is over, and run the command again"),
        )


def _progress(api: AckApi, change: AddonChange, within: float) -> _Progress:
    try:
        task = _task_progress(api, change, within) if change.task_id else None
        return task or _addon_progress(api, change, within)
    except CloudError as error:
        if not isinstance(error, NoResponseError) and not is_passing(error.code):
            raise
        return _Progress(error.message)


def _task_progress(api: AckApi, change: AddonChange, within: float) -> _Progress | None:
    """None when the task has succeeded."""
    task = api.task(change.task_id, words_in(change.text, change.path), within)
    state = joined(", ", (task.state or message("no state"), task.stage))
    words = message("task {id}: {state}", id=change.task_id, state=state)
    if task.state in FAILURES:
        reason = task.reason or message("the API gives no reason")
        return _Progress(
            words, failure=message("the change of the add-on failed: {reason}", reason=reason)
        )
    return None if task.state == SUCCESS else _Progress(words)


def _addon_progress(api: AckApi, change: AddonChange, within: float) -> _Progress:
    seen = api.instance(change.cluster_id, words_in(change.text, change.path), within)
    taken = list_in(seen.config, change.path) == list_in(change.text, change.path)
    lacking = "" if taken else message("without the new list")
    words = message("add-on: {state}", state=joined(", ", (seen.state, lacking)))
    if seen.state in BUSY:
        return _Progress(words)
    if seen.state != ACTIVE:
        return _Progress(
            words, failure=message("after the change the add-on is {state}", state=seen.state)
        )
    return _Progress(words, done=taken)
