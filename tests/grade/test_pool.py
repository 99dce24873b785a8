"""Worker processes: whatever becomes of one, its own item is lost with the cause, and no other."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from gradwright.errors import GradwrightError
from gradwright.grade.pool import Limits, Outcome, run
from gradwright.language import bounds
from tests.grade.jobs import obey, twice

LIMITS = Limits(seconds=2.0, megabytes=300)


def _told(*orders: str, workers: int = 1, limits: Limits = LIMITS) -> list[Outcome[Any]]:
    return list(run(obey, orders, workers, limits))


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_outcomes_come_in_the_order_of_the_items(workers: int) -> None:
    assert [outcome.value for outcome in run(twice, range(500), workers)] == list(range(0, 1000, 2))


def test_nothing_asked_is_nothing_done() -> None:
    assert list(run(twice, [])) == []


@pytest.mark.parametrize(
    ("order", "cause"),
    [
        ("hang", "time"),
        ("spin", "time"),
        ("sleep 9", "time"),
        ("array", "memory"),
        ("flint", "memory"),
        ("kill", "died"),
        ("exit", "died"),
        ("defect", "defect"),
        ("refuse it is no question", "refused"),
    ],
)
@pytest.mark.parametrize("workers", [1, 2])
def test_what_an_item_does_to_its_process_is_its_own_loss(order: str, cause: str, workers: int) -> None:
    orders = [*(f"say {number}" for number in range(20)), order, *(f"say {number}" for number in range(20))]
    outcomes = _told(*orders, workers=workers)
    assert outcomes[20].cause == cause and outcomes[20].value is None
    assert [one.value for one in outcomes[:20] + outcomes[21:]] == 2 * [str(number) for number in range(20)]


def test_memory_that_is_taken_bit_by_bit_ends_in_time_too() -> None:
    (lost, said) = _told("list", "say on", limits=Limits(10.0, 300))
    assert (lost.cause, said.value) == ("memory", "on")


def test_every_item_may_be_lost() -> None:
    orders = ["kill", "exit", "array", "defect"] * 5
    causes = ["died", "died", "memory", "defect"] * 5
    assert [outcome.cause for outcome in _told(*orders, workers=2)] == causes


@pytest.mark.parametrize(
    ("outcome", "english", "korean"),
    [
        (Outcome[int](cause="time"), "it took longer than 2.5 s", "2.5초"),
        (Outcome[int](cause="memory"), "it needed more than 300 MB", "300 MB"),
        (Outcome[int](cause="died"), "the process that judged it died", "프로세스"),
        (
            Outcome[int](cause="defect", detail="KeyError: 1"),
            "a defect of gradwright: KeyError: 1",
            "KeyError: 1",
        ),
        (Outcome[int](cause="refused", detail="no such axis"), "no such axis", "no such axis"),
    ],
)
def test_a_cause_is_said_in_words(outcome: Outcome[int], english: str, korean: str) -> None:
    assert outcome.said(Limits(2.5, 300)) == english
    assert korean in outcome.said(Limits(2.5, 300), "ko")


def test_a_limit_of_time_is_kept() -> None:
    _told("say warm")
    started = time.monotonic()
    assert _told("hang", limits=Limits(0.5))[0].cause == "time"
    assert time.monotonic() - started < 0.5 + 2.0  # a process of its own starts and ends within that


def test_a_worker_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert _told("print noise")[0].value == "noise"
    assert capfd.readouterr() == ("", "")


def test_a_worker_computes_in_one_thread_and_the_owner_keeps_its_environment() -> None:
    before = dict(os.environ)
    threads, setting = _told("threads", "environment")
    assert (threads.value, setting.value) == (1, "1")
    assert dict(os.environ) == before


@pytest.mark.parametrize("item", ["say " + "x" * 2_000_000, "big"])
def test_a_large_item_or_reply_goes_through(item: str) -> None:
    first, large, second, lost, again = (one.value for one in _told("say a", item, "say b", "hang", item))
    assert (first, second, lost) == ("a", "b", None)
    assert isinstance(large, str) and len(large) >= 2_000_000 and large == again


def test_an_outcome_is_told_before_the_next_item_is_there() -> None:
    told = threading.Event()

    def slow() -> Iterator[str]:
        yield "say first"
        assert told.wait(30)
        yield "say second"

    with closing(run(obey, slow(), 2, LIMITS)) as outcomes:
        assert next(outcomes).value == "first"
        told.set()
        assert next(outcomes).value == "second"


def test_a_slow_source_uses_up_nobodys_time() -> None:
    def slow() -> Iterator[str]:
        for number in range(2):
            time.sleep(1.2)
            yield f"say {number}"

    assert [one.value for one in run(obey, slow(), 1, Limits(1.0))] == ["0", "1"]


def test_an_error_of_the_source_comes_after_what_it_gave() -> None:
    def broken() -> Iterator[str]:
        yield "say 1"
        raise OSError("the disk is gone")

    outcomes = run(obey, broken(), 1, LIMITS)
    assert next(outcomes).value == "1"
    with pytest.raises(OSError, match="the disk is gone"):
        next(outcomes)


def test_a_source_without_end_is_read_only_a_little_ahead() -> None:
    read: list[int] = []

    def endless() -> Iterator[int]:
        while True:
            read.append(len(read))
            yield read[-1]

    with closing(run(twice, endless(), 1)) as outcomes:
        assert [one.value for one in islice(outcomes, 5)] == [0, 2, 4, 6, 8]
    assert len(read) < 200


def test_stopping_early_ends_the_processes() -> None:
    with closing(run(obey, ["pid", *["sleep 30"] * 9], 2, Limits(60.0))) as outcomes:
        pid = next(outcomes).value
        assert isinstance(pid, int)
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_workers_that_are_killed_from_outside_lose_at_most_an_item_each(tmp_path: Path) -> None:
    """Kill worker after worker while they work: each costs one item, and the rest are right and in order."""
    pids = tmp_path / "pids"
    orders = [f"mark {pids}" if number % 10 == 0 else f"sleep 0.00{number % 3}" for number in range(2_000)]
    kills = 0
    over = threading.Event()
    chance = random.Random(0)

    def killer() -> None:
        nonlocal kills
        while not over.wait(chance.uniform(0.05, 0.15)):
            for pid in {int(line) for line in pids.read_text().split()[-3:]} if pids.exists() else set():
                try:
                    os.kill(pid, signal.SIGKILL)
                    kills += 1
                except ProcessLookupError:
                    pass

    thread = threading.Thread(target=killer)
    thread.start()
    outcomes = _told(*orders, workers=2)
    over.set()
    thread.join()
    lost = [outcome for outcome in outcomes if outcome.value is None]
    assert len(outcomes) == len(orders)
    assert kills >= 5 and len(lost) <= kills
    assert {outcome.cause for outcome in lost} <= {"died"}
    wanted = [str(pids) if number % 10 == 0 else f"0.00{number % 3}" for number in range(2_000)]
    assert all(one.value in (None, want) for one, want in zip(outcomes, wanted, strict=True))


def _fail() -> None:
    raise RuntimeError("no such library")


def test_processes_that_can_not_start_are_an_error_and_no_endless_loop() -> None:
    with pytest.raises(GradwrightError, match="no process to judge in"):
        list(run(twice, [1], 1, LIMITS, _fail))


def test_the_limits_are_those_of_the_one_place_that_states_them() -> None:
    assert Limits() == Limits(bounds.SECONDS, bounds.MEGABYTES)
