from __future__ import annotations

import threading
import time
from concurrent.futures import Future

import pytest

from kubectl_routes.collect import crew
from kubectl_routes.collect.access_key import AccessKey
from kubectl_routes.collect.cloud import CloudReading
from kubectl_routes.collect.cloud import read_cloud
from kubectl_routes.collect.endpoint import Route
from kubectl_routes.collect.pace import Pace
from kubectl_routes.collect.patience import Patience
from kubectl_routes.collect.vpc_api import VpcApi
from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.practice import PracticeCluster
from kubectl_routes_simulator.vpc import PRACTICE_KEY
from tests.collect.timing import FastClock
from tests.collect.timing import silent

REFUSAL = CloudError("DescribeRouteEntryList failed: Throttling.User", code="Throttling.User")


class SharedClock(FastClock):
    """A FastClock for several threads and a server, whose time begins now."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._begin = time.time()

    def sleep(self, seconds: float) -> None:
        with self._lock:
            super().sleep(seconds)

    def epoch(self) -> float:
        """Seconds since the epoch, for the server."""
        return self._begin + self.elapsed


def turns(pace: Pace, patience: Patience, number: int) -> list[float]:
    """The moments of so many turns."""
    moments = [pace.wait(patience) for _ in range(number)]
    return [round(moment, 3) for moment in moments if moment is not None]


def passed(pace: Pace, clock: FastClock, number: int, moment: float) -> None:
    """So many calls pass at one moment."""
    clock.elapsed = moment
    for _ in range(number):
        pace.passed(moment, moment)


def test_nobody_waits_before_a_call_is_refused() -> None:
    clock = FastClock()
    pace, patience = Pace(), Patience(clock, 60.0)
    assert turns(pace, patience, 100) == [0.0] * 100
    assert clock.slept == []


def test_what_passed_in_a_second_is_the_rate() -> None:
    clock = FastClock()
    pace, patience = Pace(), Patience(clock, 60.0)
    passed(pace, clock, 20, 0.2)
    pace.refused(REFUSAL, 0.3, 0.4)
    # The window has left the twenty behind a second after they passed.
    assert turns(pace, patience, 4) == [1.2, 1.25, 1.3, 1.35]


def test_what_was_on_its_way_when_the_first_was_refused_counts() -> None:
    clock = FastClock()
    pace, patience = Pace(), Patience(clock, 60.0)
    passed(pace, clock, 15, 0.2)
    pace.refused(REFUSAL, 0.25, 0.4)
    for _ in range(5):
        pace.passed(0.3, 0.45)
    assert turns(pace, patience, 3) == [1.2, 1.25, 1.3]


def test_refusals_of_calls_that_were_on_their_way_teach_nothing_new() -> None:
    clock = FastClock()
    pace, patience = Pace(), Patience(clock, 60.0)
    passed(pace, clock, 20, 0.2)
    for _ in range(10):
        pace.refused(REFUSAL, 0.3, 0.4)
    assert turns(pace, patience, 2) == [1.2, 1.25]


def test_a_refusal_takes_a_tenth_and_calls_that_pass_bring_it_back() -> None:
    clock = FastClock()
    pace, patience = Pace(), Patience(clock, 60.0)
    passed(pace, clock, 20, 0.2)
    pace.refused(REFUSAL, 0.3, 0.4)
    passed(pace, clock, 20, 2.0)  # 21 calls a second
    pace.refused(REFUSAL, 2.1, 2.2)
    first, second = turns(pace, patience, 2)
    assert (first, round(1 / (second - first))) == (3.0, 19)


def test_refusals_in_vain_lengthen_the_pause_and_never_the_rate_below_its_least() -> None:
    clock = FastClock()
    pace, patience = Pace(), Patience(clock, 600.0)
    waits = []
    for _ in range(8):
        before = clock.elapsed
        sent = pace.wait(patience)
        assert sent is not None
        waits.append(clock.elapsed - before)
        clock.elapsed += 0.1
        pace.refused(REFUSAL, sent, clock.elapsed)
    assert waits[0] == 0.0
    assert all(0.1 * 2**n <= wait <= 0.2 * 2**n for n, wait in enumerate(waits[1:6]))
    assert max(waits) <= 8.0


def test_a_refusal_during_the_wait_puts_the_turn_off() -> None:
    class Interrupted(FastClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds + 0.1)
            if len(self.slept) == 1:
                passed(pace, self, 20, self.elapsed)
                pace.refused(REFUSAL, self.elapsed, self.elapsed)

    clock = Interrupted()
    pace, patience = Pace(), Patience(clock, 60.0)
    passed(pace, clock, 20, 0.2)
    pace.refused(REFUSAL, 0.3, 0.4)
    assert turns(pace, patience, 1) == [2.4]


def test_a_turn_behind_the_deadline_is_none() -> None:
    clock = FastClock()
    pace, patience = Pace(), Patience(clock, 1.0)
    passed(pace, clock, 20, 0.2)
    pace.refused(REFUSAL, 0.3, 0.4)
    assert pace.wait(patience) is None
    assert pace.refusal is REFUSAL


def read(
    nodes: int, tables: int, rate: int, page: int, seconds: float | None
) -> tuple[CloudReading, list[int]]:
    """What a throttled VPC shows, in no time, and the status of every answer."""
    clock = SharedClock()
    with PracticeCluster("large", nodes=nodes, tables=tables, clock=clock.epoch) as cluster:
        cluster.vpc.calls_per_second = rate
        cluster.vpc.reads.max_result = page
        patience = Patience(clock, seconds)
        route = Route(cluster.vpc.url, {"http": None, "https": None}, "")
        key = AccessKey(PRACTICE_KEY.id, PRACTICE_KEY.secret)
        api = VpcApi(key, "cn-hangzhou", route, patience)
        try:
            found = read_cloud(api, cluster.ground.vpc_id, (), patience, silent)
        finally:
            api.close()
        return found, [one.status for one in cluster.vpc.server.requests]


def test_few_calls_of_many_threads_are_refused() -> None:
    found, answers = read(nodes=200, tables=4, rate=20, page=10, seconds=600.0)
    assert found.gaps == ()
    assert [len(entries) >= 200 for entries in found.entries.values()] == [True] * 4
    assert answers.count(200) >= 84
    assert answers.count(400) <= 20


def test_a_long_listing_may_take_longer_than_the_default_patience() -> None:
    found, _ = read(nodes=200, tables=1, rate=1, page=2, seconds=None)
    assert found.gaps == ()
    assert [len(entries) >= 200 for entries in found.entries.values()] == [True]


def test_patience_that_was_asked_for_ends_a_long_listing_all_the_same() -> None:
    found, _ = read(nodes=200, tables=1, rate=1, page=2, seconds=60.0)
    (gap,) = found.gaps
    assert gap.reason.startswith("DescribeRouteEntryList failed: Throttling.User")
    assert gap.reason.endswith("gave up within 60 s")


def test_progress_puts_the_default_deadline_off_but_not_for_ever() -> None:
    clock = FastClock()
    patience = Patience(clock, None)
    clock.sleep(50.0)
    patience.progress()
    assert (patience.left(), patience.seconds) == (60.0, 110.0)
    for _ in range(20):
        clock.sleep(50.0)
        patience.progress()
    assert (patience.left(), patience.seconds) == (0.0, 600.0)


def test_progress_does_not_touch_a_deadline_that_was_asked_for() -> None:
    clock = FastClock()
    patience = Patience(clock, 20.0)
    clock.sleep(15.0)
    patience.progress()
    assert (patience.left(), patience.seconds) == (5.0, 20.0)


def test_an_outcome_is_waited_for_as_long_as_there_is_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crew, "GRACE_SECONDS", 0.01)
    future: Future[str] = Future()

    class Growing(Patience):
        asked = 0

        def left(self) -> float:
            self.asked += 1
            if self.asked == 3:
                future.set_result("late")
            return 0.01 if self.asked < 4 else 0.0

    assert crew.outcome(future, Growing(FastClock(), 1.0)) == "late"
    clock = FastClock()
    over = Patience(clock, 1.0)
    clock.sleep(1.0)
    with pytest.raises(TimeoutError):
        crew.outcome(Future(), over)
