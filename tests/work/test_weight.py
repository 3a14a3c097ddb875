"""What is too heavy for where it would be done, and what takes too long."""

import threading
import time

import pytest

from app.work.weight import TooHeavy, allowance, weigh, within


def test_work_is_weighed_against_what_is_left():
    with allowance(10):
        weigh(6)
        weigh(4)
        with pytest.raises(TooHeavy):
            weigh(0.1)
    weigh(1e9)


def test_an_allowance_is_its_threads_own():
    with allowance(1):
        thread = threading.Thread(target=weigh, args=(1e9,))
        thread.start()
        thread.join()
        weigh(1)


def spin():
    while True:
        pass


def spin_after_another():
    with within(5.0):
        pass
    spin()


def test_what_takes_too_long_is_given_up_at_once_in_the_main_thread():
    begin = time.monotonic()
    with pytest.raises(TimeoutError), within(0.1):
        spin()
    assert time.monotonic() - begin < 5
    with within(5.0):
        pass


def test_elsewhere_it_is_said_at_the_end():
    found = []

    def slow():
        try:
            with within(0.01):
                time.sleep(0.05)
        except TimeoutError:
            found.append("late")

    thread = threading.Thread(target=slow)
    thread.start()
    thread.join()
    assert found == ["late"]


def test_one_deadline_within_another():
    with pytest.raises(TimeoutError), within(0.2):
        spin_after_another()
    with within(5.0), pytest.raises(TimeoutError), within(0.1):
        spin()
