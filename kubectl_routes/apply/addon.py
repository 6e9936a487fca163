"""The list of tables of a managed cluster: read, written and waited for where its CCM has it, in
the configuration of an add-on.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from kubectl_routes.apply.ack_api import (
    ACTIVE,
    BUSY,
    FAILURES,
    LIST,
    SUCCESS,
    AckApi,
    is_passing,
)
from kubectl_routes.apply.addon_config import Addon, list_in, path_to_list
from kubectl_routes.apply.session import looks
from kubectl_routes.collect.aliyun_client import NoResponseError
from kubectl_routes.collect.deadline import CONNECTION_ATTEMPTS, backoff
from kubectl_routes.model.errors import ChangedMeanwhile, CloudError, WaitTimeout
from kubectl_routes.model.message import joined, message

# Seconds between two looks: soon at first, then as often as an operator would.
FIRST_POLL_SECONDS = 0.25
POLL_SECONDS = 5.0

_LOOK = message("look at it in the console: the cluster, Add-ons, Cloud Controller Manager")


def read_addon(api: AckApi) -> Addon:
    """CCM's version, state and configuration, and where in it the list of tables is.

    Raises CloudError, also for an unexpected answer and for a schema without one clear place
    for the list.
    """
    seen = api.instance()
    list_in(seen.text, path := path_to_list(api.schema(seen.version), LIST))
    return structs.replace(seen, path=path)


def modify(api: AckApi, before: Addon, after: Addon) -> str:
    """Write the configuration of ``after`` over that of ``before``; the id of a task, or empty.

    The API takes no precondition, so it is read once more right before the write. Raises
    ChangedMeanwhile when version or configuration are different, and CloudError when another change
    is under way. Between that answer and the write lies one round trip, tenths of a second, in
    which a change by someone else would be overwritten unseen. A write whose answer is lost is
    repeated only when the configuration shows that it was not done.
    """
    lost: NoResponseError | None = None
    for attempt in range(CONNECTION_ATTEMPTS):
        seen = api.instance(before.secrets)
        if lost is not None and (seen.holds(after) or seen.state in BUSY):
            return ""
        _check_untouched(before, seen)
        try:
            return api.configure(after.text, before.secrets)
        except NoResponseError as error:
            lost = error
            api.clock.sleep(backoff(attempt))
    raise lost or AssertionError


def wait_for_change(
    api: AckApi, after: Addon, task_id: str, until: float, notify: Callable[[str], None]
) -> None:
    """Wait until the add-on runs with the configuration that was written.

    ``until`` is a moment of the clock's ``monotonic``; ``notify`` gets each new state, in words.
    Raises CloudError when the change failed, with the API's reason, and WaitTimeout.
    """
    told = ""
    for _ in looks(api.clock, until, FIRST_POLL_SECONDS, POLL_SECONDS):
        words, done = _progress(api, after, task_id, max(1.0, until - api.clock.monotonic()))
        if words != told:
            notify(words)
            told = words
        if done:
            return
    raise WaitTimeout(
        message("the change of the add-on is not over in time; last: {told}", told=told), _LOOK
    )


def _check_untouched(before: Addon, seen: Addon) -> None:
    again = message("run the command again: it reads the add-on and asks again")
    if seen.version != before.version:
        raise ChangedMeanwhile(
            message(
                "the add-on has just been updated from {version} to {new}",
                version=before.version,
                new=seen.version,
            ),
            again,
        )
    if not seen.holds(before):
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


def _progress(api: AckApi, after: Addon, task_id: str, within: float) -> tuple[str, bool]:
    """How far it is, in words, and whether it is over. Raises CloudError when it has failed."""
    try:
        task = _task_progress(api, after, task_id, within) if task_id else ""
        return (task, False) if task else _addon_progress(api, after, within)
    except CloudError as error:
        if not isinstance(error, NoResponseError) and not is_passing(error.code):
            raise
        return error.message, False


def _task_progress(api: AckApi, after: Addon, task_id: str, within: float) -> str:
    """Empty when the task has succeeded."""
    task = api.task(task_id, after.secrets, within)
    if task.state in FAILURES:
        reason = task.reason or message("the API gives no reason")
        raise CloudError(message("the change of the add-on failed: {reason}", reason=reason), _LOOK)
    state = joined(", ", (task.state or message("no state"), task.stage))
    running = message("task {id}: {state}", id=task_id, state=state)
    return "" if task.state == SUCCESS else running


def _addon_progress(api: AckApi, after: Addon, within: float) -> tuple[str, bool]:
    seen = api.instance(after.secrets, within)
    if seen.state not in (*BUSY, ACTIVE):
        raise CloudError(message("after the change the add-on is {state}", state=seen.state), _LOOK)
    taken = list_in(seen.text, after.path) == after.tables
    lacking = "" if taken else message("without the new list")
    words = message("add-on: {state}", state=joined(", ", (seen.state, lacking)))
    return words, taken and seen.state == ACTIVE
