"""When there is too much to do, and what is tidied up."""

import gc
import time
import weakref

import anyio

from app.settings import Capacity, Limits
from app.work import processes
from app.work.desk import Desk


def ready():
    return True


def broken():
    raise RuntimeError


def test_it_is_full_while_the_event_loop_does_not_get_round():
    desk = Desk(Limits(), Capacity(), ready)
    assert not desk.full

    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(desk.watch)
            await anyio.sleep(0.05)
            desk.keeper.alive = True
            before = desk.full
            time.sleep(0.3)
            late = desk.full
            await anyio.sleep(0.1)
            after = desk.full
            group.cancel_scope.cancel()
            return before, late, after

    assert anyio.run(main) == (False, True, False)


def test_it_is_full_while_its_lane_is():
    desk = Desk(Limits(), Capacity(light_at_once=1, light_waiting=1), ready)
    desk.light.inside = 2
    assert desk.full
    desk.light.inside = 1
    assert not desk.full


def test_a_process_that_does_not_become_ready_is_tried_again():
    keeper = processes.Keeper(1, broken, 2**30)

    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(keeper.keep, lambda: 0)
            while not keeper.looks:
                await anyio.sleep(0.05)
            failed = keeper.alive
            keeper.warm = ready
            with anyio.fail_after(20):
                while not keeper.alive:
                    await anyio.sleep(0.05)
            group.cancel_scope.cancel()
            return failed

    assert anyio.run(main) is False


class Ring:
    """Refers to itself."""

    def __init__(self):
        self.own = self


def test_garbage_is_collected_even_if_it_was_frozen():
    callbacks, threshold = gc.callbacks[:], gc.get_threshold()
    try:
        processes.settle()
        ring = Ring()
        watched = weakref.ref(ring)
        gc.collect(1)
        del ring
        gc.collect()
        assert watched() is not None, "what was frozen is not gone through"
        processes.tidy()
        assert watched() is None
    finally:
        gc.callbacks[:] = callbacks
        gc.set_threshold(*threshold)
        gc.unfreeze()
