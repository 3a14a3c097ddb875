"""Work in processes that are killed at their limits, and replaced."""

import os
import signal
import time
from pathlib import Path

import anyio
import pytest

from app.errors import Fault, LimitError, LostError, ProgramError
from app.settings import Capacity, Limits
from app.work import processes
from app.work.desk import Desk
from app.work.times import recorded, timed
from app.work.weight import weigh

MEMORY = 700 * 1024 * 1024


def in_process(function, *args, seconds=20.0, memory=MEMORY):
    async def call():
        return await processes.run(function, *args, seconds=seconds, memory=memory)

    return anyio.run(call)


def spin():
    while True:
        pass


def hoard(size):
    return len(bytearray(size))


def end(status):
    os._exit(status)


def refuse():
    raise ProgramError(Fault("It is at fault.", 3, 4, 5, "Mend it."))


def fail():
    return 1 / 0


def parted():
    with timed("run"):
        time.sleep(0.02)
    return os.getpid()


def ready():
    return True


def test_what_a_function_returns_comes_back_with_its_times():
    async def call():
        with recorded() as times:
            return await processes.run(parted, seconds=20.0, memory=MEMORY), times

    pid, times = anyio.run(call)
    assert pid != os.getpid()
    assert times["run"] >= 0.02


def test_a_deadline_kills():
    begin = time.monotonic()
    with pytest.raises(TimeoutError):
        in_process(spin, seconds=0.5)
    assert time.monotonic() - begin < 10


def test_memory_is_bounded_for_each_call():
    async def calls():
        with pytest.raises(MemoryError):
            await processes.run(hoard, MEMORY, seconds=20.0, memory=MEMORY)
        return await processes.run(hoard, 1000, seconds=20.0, memory=MEMORY)

    assert anyio.run(calls) == 1000


@pytest.mark.parametrize("status", [0, 1])
def test_a_process_that_ends_is_said(status):
    with pytest.raises(LostError):
        in_process(end, status)


def test_errors_of_ours_come_back_as_they_are():
    with pytest.raises(ProgramError) as caught:
        in_process(refuse)
    assert caught.value.faults == (Fault("It is at fault.", 3, 4, 5, "Mend it."),)


def test_other_errors_say_where_they_happened():
    with pytest.raises(ZeroDivisionError) as caught:
        in_process(fail)
    assert "in fail" in "".join(caught.value.__notes__)


def children():
    """The processes that this one has started, by id, with their state."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            found[int(entry.name)] = fields[0]
    return found


def test_processes_that_end_are_replaced_and_leave_nothing():
    before = children()
    keeper = processes.Keeper(2, ready, MEMORY)

    def own():
        return {pid: state for pid, state in children().items() if pid not in before}

    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(keeper.keep, lambda: 0)
            with anyio.fail_after(30):
                while len(own()) < 2 or not keeper.alive:
                    await anyio.sleep(0.05)
            first = set(own())
            for pid in first:
                os.kill(pid, signal.SIGKILL)
            with anyio.fail_after(30):
                while len(set(own()) - first) < 2:
                    await anyio.sleep(0.05)
            await anyio.sleep(0.2)
            assert "Z" not in own().values()
            assert not first & set(own())
            assert await processes.run(hoard, 10, seconds=20.0, memory=MEMORY) == 10
            group.cancel_scope.cancel()

    anyio.run(main)


def heavy(milliseconds):
    weigh(milliseconds)
    return os.getpid()


@pytest.fixture
def desk():
    return Desk(Limits(seconds=0.5, memory_bytes=MEMORY), Capacity(tiny_milliseconds=10.0, light_milliseconds=10.0, light_bytes=100), ready)


@pytest.mark.parametrize(("milliseconds", "size", "here"), [(9, 100, True), (11, 100, False), (9, 101, False)])
def test_light_work_is_done_here_and_heavy_work_elsewhere(milliseconds, size, here):
    desk = Desk(Limits(), Capacity(tiny_milliseconds=10.0, light_milliseconds=10.0, light_bytes=100), ready)

    async def call():
        return await desk.done(heavy, milliseconds, size=size)

    assert (anyio.run(call) == os.getpid()) == here


@pytest.mark.parametrize(("job", "args", "limit"), [(spin, (), "seconds"), (hoard, (MEMORY,), "memory_bytes")])
def test_what_takes_too_much_is_a_limit(desk, job, args, limit):
    async def call():
        return await desk.heavily(job, *args)

    with pytest.raises(LimitError) as caught:
        anyio.run(call)
    assert caught.value.limit == limit
    assert caught.value.maximum == getattr(desk.limits, limit)
