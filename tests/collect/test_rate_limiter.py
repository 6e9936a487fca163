from __future__ import annotations

import threading
import time
from concurrent.futures import Future

import pytest

from kubectl_routes.collect import background
from kubectl_routes.collect.aliyun_client import VPC, RpcApi
from kubectl_routes.collect.cloud import CloudReading, read_cloud
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.endpoint import Route
from kubectl_routes.collect.rate_limiter import RateLimiter
from kubectl_routes.collect.signing import AccessKey
from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.collect.timing import FastClock, silent

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


class Limited:
    """A rate limiter, its clock and its deadline; ``first``: so many calls passed after 0.2 s, and
    one that was sent after 0.3 s was refused after 0.4.
    """

    def __init__(
        self, first: int = 0, clock: FastClock | None = None, seconds: float = 60.0
    ) -> None:
        self.clock = clock or FastClock()
        self.limiter, self.deadline = RateLimiter(), Deadline(self.clock, seconds)
        if first:
            self.passed(first, 0.2)
            self.limiter.refused(REFUSAL, 0.3, 0.4)

    def passed(self, number: int, moment: float) -> None:
        """So many calls pass at one moment."""
        self.clock.elapsed = moment
        for _ in range(number):
            self.limiter.passed(moment, moment)

    def turns(self, number: int) -> list[float]:
        """The moments of so many turns."""
        moments = [self.limiter.wait(self.deadline) for _ in range(number)]
        return [round(moment, 3) for moment in moments if moment is not None]


def test_nobody_waits_before_a_call_is_refused() -> None:
    free = Limited()
    assert (free.turns(100), free.clock.slept) == ([0.0] * 100, [])


def test_what_passed_in_a_second_is_the_rate() -> None:
    # The window has left the twenty behind a second after they passed.
    assert Limited(20).turns(4) == [1.2, 1.25, 1.3, 1.35]


def test_what_was_on_its_way_when_the_first_was_refused_counts() -> None:
    limited = Limited(15)
    for _ in range(5):
        limited.limiter.passed(0.3, 0.45)
    assert limited.turns(3) == [1.2, 1.25, 1.3]


def test_refusals_of_calls_that_were_on_their_way_teach_nothing_new() -> None:
    limited = Limited(20)
    for _ in range(10):
        limited.limiter.refused(REFUSAL, 0.3, 0.4)
    assert limited.turns(2) == [1.2, 1.25]


def test_a_refusal_takes_a_tenth_and_calls_that_pass_bring_it_back() -> None:
    limited = Limited(20)
    limited.passed(20, 2.0)  # 21 calls a second
    limited.limiter.refused(REFUSAL, 2.1, 2.2)
    first, second = limited.turns(2)
    assert (first, round(1 / (second - first))) == (3.0, 19)


def test_refusals_in_vain_lengthen_the_pause_and_never_the_rate_below_its_least() -> None:
    limited = Limited(seconds=600.0)
    clock, limiter, waits = limited.clock, limited.limiter, []
    for _ in range(8):
        before = clock.elapsed
        sent = limiter.wait(limited.deadline)
        assert sent is not None
        waits.append(clock.elapsed - before)
        clock.elapsed += 0.1
        limiter.refused(REFUSAL, sent, clock.elapsed)
    assert waits[0] == 0.0
    assert all(0.1 * 2**n <= wait <= 0.2 * 2**n for n, wait in enumerate(waits[1:6]))
    assert max(waits) <= 8.0


def test_a_refusal_during_the_wait_puts_the_turn_off() -> None:
    class Interrupted(FastClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds + 0.1)
            if len(self.slept) == 1:
                limited.passed(20, self.elapsed)
                limited.limiter.refused(REFUSAL, self.elapsed, self.elapsed)

    limited = Limited(20, Interrupted())
    assert limited.turns(1) == [2.4]


def test_a_turn_behind_the_deadline_is_none() -> None:
    limited = Limited(20, seconds=1.0)
    assert limited.turns(1) == []
    assert limited.limiter.refusal is REFUSAL


def read(
    nodes: int, tables: int, rate: int, page: int, seconds: float | None
) -> tuple[CloudReading, list[int]]:
    """What a throttled VPC shows, in no time, and the status of every answer."""
    clock = SharedClock()
    with SimulatedCluster("large", nodes=nodes, tables=tables, clock=clock.epoch) as cluster:
        cluster.vpc.calls_per_second = rate
        cluster.vpc.reads.max_result = page
        deadline = Deadline(clock, seconds)
        route = Route(cluster.vpc.url, None, "")
        key = AccessKey(SIMULATED_KEY.id, SIMULATED_KEY.secret)
        api = RpcApi(VPC, key, "cn-hangzhou", route, deadline)
        try:
            found = read_cloud(api, cluster.infra.vpc_id, (), deadline, silent)
        finally:
            api.close()
        return found, [one.status for one in cluster.vpc.server.requests]


def test_few_calls_of_many_threads_are_refused() -> None:
    found, answers = read(nodes=200, tables=4, rate=20, page=10, seconds=600.0)
    assert found.gaps == ()
    assert [len(entries) >= 200 for entries in found.entries.values()] == [True] * 4
    assert answers.count(200) >= 84
    assert answers.count(400) <= 20


def test_a_long_listing_may_take_longer_than_the_default_timeout() -> None:
    found, _ = read(nodes=200, tables=1, rate=1, page=2, seconds=None)
    assert found.gaps == ()
    assert [len(entries) >= 200 for entries in found.entries.values()] == [True]


def test_a_timeout_that_was_given_ends_a_long_listing_all_the_same() -> None:
    found, _ = read(nodes=200, tables=1, rate=1, page=2, seconds=60.0)
    (gap,) = found.gaps
    assert gap.reason.startswith("DescribeRouteEntryList failed: Throttling.User")
    assert gap.reason.endswith("gave up within 60 s")


def test_progress_puts_the_default_deadline_off_but_not_for_ever() -> None:
    clock = FastClock()
    deadline = Deadline(clock, None)
    clock.sleep(50.0)
    deadline.extend()
    assert (deadline.remaining(), deadline.seconds) == (60.0, 110.0)
    for _ in range(20):
        clock.sleep(50.0)
        deadline.extend()
    assert (deadline.remaining(), deadline.seconds) == (0.0, 600.0)


def test_progress_does_not_touch_a_deadline_that_was_asked_for() -> None:
    clock = FastClock()
    deadline = Deadline(clock, 20.0)
    clock.sleep(15.0)
    deadline.extend()
    assert (deadline.remaining(), deadline.seconds) == (5.0, 20.0)


def test_an_outcome_is_waited_for_as_long_as_the_deadline_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "GRACE_SECONDS", 0.01)
    future: Future[str] = Future()

    class Growing(Deadline):
        asked = 0

        def remaining(self) -> float:
            self.asked += 1
            if self.asked == 3:
                future.set_result("late")
            return 0.01 if self.asked < 4 else 0.0

    assert background.wait_for(future, Growing(FastClock(), 1.0)) == "late"
    clock = FastClock()
    over = Deadline(clock, 1.0)
    clock.sleep(1.0)
    with pytest.raises(TimeoutError):
        background.wait_for(Future(), over)
