"""Taking one write of this run back, whatever has happened to its object since.

golden/rollback.txt shows each case: the steps, what was left, and what changes in the object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest
from msgspec import structs

from kubectl_routes.model.plan import Change
from kubectl_routes.model.undo import UNDO
from kubectl_routes.plan.rollback import reverse_change
from tests.plan.world import (
    KEY,
    Object,
    carried_out,
    change_of,
    compare,
    config_map,
    container_of,
    daemon_set,
    plan_of,
    shown_edit,
    taken_back,
    wired,
)

CREATED = change_of(plan_of(daemon_set()), "ConfigMap")
TURNED = change_of(plan_of(daemon_set()), "DaemonSet")
LISTED = change_of(plan_of(wired(), config_map("{}")), "ConfigMap")
THERE = carried_out(plan_of(wired(), config_map("{}")), wired(), config_map("{}"))
# A second enable, of objects that carry the records of the first.
SECOND = plan_of(*THERE, ("vtb-c",)).changes
GONE = change_of(taken_back(*carried_out(plan_of(daemon_set()), daemon_set(), None)), "ConfigMap")
DISABLED = change_of(taken_back(*THERE), "DaemonSet")
SERVER_SET = {"uid": "u", "resourceVersion": "9", "generation": 1, "managedFields": []}


def there(change: Change, edit: Callable[[Object], object] = lambda _: None) -> Object:
    """The object as the change has left it, and as another client has made it since."""
    assert change.after is not None
    now = deepcopy(change.after)
    edit(now)
    return now


def as_stored(before: Object) -> Change:
    """The deletion of an object that had what the server sets."""
    metadata = {**before["metadata"], **SERVER_SET}
    return structs.replace(GONE, before={**before, "metadata": metadata})


def theirs(now: Object) -> None:
    container_of(now).update(image="their:image", volumeMounts=[])
    container_of(now)["command"].append("--theirs")


def touched(now: Object) -> None:
    now["metadata"]["labels"] = {"theirs": "x"}
    (now.get("data") or now["spec"])["theirs"] = "x"


def with_file(now: Object) -> None:
    now["binaryData"] = {"theirs": "AAAA"}


def broken(now: Object) -> None:
    now["data"][KEY] = "[]"


def annotated(before: dict[str, str] | None, others: dict[str, str]) -> tuple[Change, Object]:
    """A change of a ConfigMap with annotations, and what others have put into them since."""
    held = config_map("{}")
    if before is not None:
        held["metadata"]["annotations"] = before
    change = change_of(plan_of(wired(), held), "ConfigMap")
    return change, there(change, lambda now: now["metadata"]["annotations"].update(others))


def cases() -> Iterator[tuple[str, Change, Object | None, Object | None]]:
    """The change, what was stored of it, and what is there now."""
    yield "what was made", CREATED, there(CREATED), there(CREATED)
    yield "what was made, whose answer was lost", CREATED, None, there(CREATED)
    yield "what was made is gone", CREATED, there(CREATED), None
    yield "what was changed is gone", TURNED, there(TURNED), None
    assert GONE.before is not None
    yield "what was deleted", as_stored(GONE.before), None, None
    yield "what was deleted is there again", GONE, None, config_map("{}")
    for change in (TURNED, LISTED):
        stored = there(change)
        stored["metadata"]["resourceVersion"] = "99"
        yield f"{change.kind}, unchanged since", change, stored, {**stored, "status": {"x": 1}}
    yield "a list, whose answer was lost", LISTED, None, there(LISTED)
    yield "others have changed the workload", TURNED, there(TURNED), there(TURNED, theirs)
    yield "others have put a file in", CREATED, there(CREATED), there(CREATED, with_file)
    yield "others have broken the text", LISTED, there(LISTED), there(LISTED, broken)
    yield "a disable, and others since", DISABLED, there(DISABLED), there(DISABLED, theirs)
    for change in SECOND:
        kind = change.kind
        yield f"a second enable of the {kind}", change, there(change), there(change)
        yield f"and others since, {kind}", change, there(change), there(change, touched)
    for change in (TURNED, CREATED):
        # The content is the same; only the record shows that another client came between.
        stored = there(change)
        stored["metadata"]["annotations"][UNDO] = "another record"
        unrecorded = structs.replace(change, undo=None)
        yield f"another record, {change.kind}", unrecorded, stored, there(change)
    held = config_map(None)
    del held["data"]
    added = change_of(plan_of(wired(), held), "ConfigMap")
    yield "data that was not there", added, there(added), there(added)
    for before, others in ((None, {}), ({}, {}), (None, {"x": "y"}), ({"x": "y"}, {})):
        change, now = annotated(before, others)
        yield f"annotations: {before}, and others' {others}", change, there(change), now


def test_what_was_there_before_comes_back_as_far_as_no_one_has_changed_it(
    request: pytest.FixtureRequest,
) -> None:
    found = (
        (name, shown_edit(reverse_change(change, stored, now)))
        for name, change, stored, now in cases()
    )
    compare(request, "rollback", found)


def test_nothing_that_was_given_is_changed() -> None:
    for _, change, stored, now in cases():
        before = deepcopy((change.before, change.after, stored, now))
        reverse_change(change, stored, now)
        assert (change.before, change.after, stored, now) == before
