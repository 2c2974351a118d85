"""What the whole screen costs in bytes, by the benchmark that measures it: no ratio here depends on the machine."""

from benchmarks.drivers import OWN, STOCK
from benchmarks.staged import bytes_run

CHANGES, STEPS = 33, 12


def test_our_driver_sends_no_more_than_a_greedy_diff_and_far_less_than_textual_s_own() -> None:
    own, stock = bytes_run(OWN, CHANGES, STEPS), bytes_run(STOCK, CHANGES, STEPS)
    assert own.frames
    assert own.bytes_per_step <= own.ideal_per_step()
    assert own.bytes_per_step <= 0.45 * stock.bytes_per_step
