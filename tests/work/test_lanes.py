"""Who may work, who waits, who is turned away."""

import anyio
import pytest

from app.errors import BusyError
from app.work.lanes import Lane
from app.work.times import recorded


async def hold(lane, taken, left):
    async with lane.place():
        taken.set()
        await left.wait()


def test_so_many_work_so_many_wait_and_the_rest_is_turned_away_at_once():
    lane = Lane("test", at_once=2, waiting=1, retry_after=7)
    inside, most, refused = 0, 0, []

    async def work():
        nonlocal inside, most
        try:
            async with lane.place():
                inside += 1
                most = max(most, inside)
                await anyio.sleep(0.05)
                inside -= 1
        except BusyError as error:
            refused.append(error)

    async def main():
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(work)
        async with lane.place():
            pass

    anyio.run(main)
    assert most == 2
    assert len(refused) == lane.refused == 2
    assert refused[0].retry_after == 7
    assert lane.inside == 0


def test_a_place_is_free_again_after_a_failure_and_after_a_cancellation():
    lane = Lane("test", at_once=1, waiting=1)

    async def main():
        with pytest.raises(ZeroDivisionError):
            async with lane.place():
                raise ZeroDivisionError
        taken, left = anyio.Event(), anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(hold, lane, taken, left)
            await taken.wait()
            with anyio.move_on_after(0.02) as scope:
                async with lane.place():
                    pytest.fail("nobody left")
            left.set()
        assert scope.cancelled_caught
        async with lane.place():
            return lane.inside

    assert anyio.run(main) == 1
    assert lane.inside == 0


def test_waiting_is_timed():
    lane = Lane("test", at_once=1, waiting=1)

    async def leave(left):
        await anyio.sleep(0.05)
        left.set()

    async def main():
        taken, left = anyio.Event(), anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(hold, lane, taken, left)
            await taken.wait()
            group.start_soon(leave, left)
            with recorded() as times:
                async with lane.place():
                    return times["queue"]

    assert anyio.run(main) > 0.01
