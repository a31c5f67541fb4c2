"""Frames in one piece: at no depth does a call cost a piece of memory."""

import resource
import threading

from core.frames import in_one_piece

CALLS, DEPTHS = 2000, range(300)  # so many that two edges lie between


def faults():
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt


def deep(depth):
    """Pages that were taken for the calls of a loop at this depth."""
    if depth:
        return deep(depth - 1)
    before = faults()
    for _ in range(CALLS):
        nothing()
    return faults() - before


def nothing():
    """A frame larger than those above it, so that at an edge it is this one that does not fit."""
    a = b = c = d = e = f = g = h = i = j = k = m = n = o = p = q = r = s = t = u = v = None
    return a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q, r, s, t, u, v


def in_a_thread(function):
    """In one whose frames begin anew: this one has its room already."""
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.extend(function(depth) for depth in DEPTHS))
    thread.start()
    thread.join()
    return found


def test_a_loop_of_calls_takes_no_memory_at_any_depth():
    assert max(in_a_thread(in_one_piece(deep))) < CALLS // 10


def test_it_is_called_as_before_and_keeps_its_name():
    @in_one_piece
    def added(one, two=0, *more, **others):
        """As written."""
        return one + two + sum(more) + sum(others.values())

    assert (added(1, 2, 3, four=4), added(one=1)) == (10, 1)
    assert (added.__name__, added.__doc__) == ("added", "As written.")
