import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.errors import UserError
from mlsd_kit.requirements import Q, UnitError, in_flight, rate_through, time_inside

positive = st.floats(1e-3, 1e6)


@given(positive, positive)
def test_two_of_three_give_the_third(rate, ms):
    inside = in_flight(Q(rate, "requests/s"), Q(ms, "ms"))
    assert inside.to("requests").magnitude == pytest.approx(rate * ms / 1000)
    assert time_inside(inside, Q(rate, "requests/s")).magnitude == pytest.approx(ms)
    assert rate_through(inside, Q(ms, "ms")).to("requests/s").magnitude == pytest.approx(rate)


@given(st.integers(0, 2**32 - 1), st.floats(0.2, 0.95), st.integers(1, 4))
def test_the_law_holds_in_a_simulated_queue(seed, load, servers):
    """From empty to empty the time average of the number inside is λ W exactly."""
    rng = np.random.default_rng(seed)
    arrive = np.cumsum(rng.exponential(1, 200))
    free, leave = np.zeros(servers), []
    for at, service in zip(arrive, rng.exponential(load * servers, 200), strict=True):
        server = free.argmin()
        free[server] = max(at, free[server]) + service
        leave.append(free[server])
    end = max(leave)
    times = np.sort(np.concatenate([[0], arrive, leave]))
    between = (times[:-1] + times[1:]) / 2
    inside = [(arrive <= t).sum() - (np.array(leave) <= t).sum() for t in between]
    mean_inside = np.sum(np.diff(times) * inside) / end
    mean_time = np.mean(leave - arrive)
    law = in_flight(Q(200 / end, "requests/s"), Q(mean_time, "s"))
    assert law.magnitude == pytest.approx(mean_inside)


def test_what_is_no_time_or_no_rate_is_refused_in_one_line():
    with pytest.raises(UnitError, match="the time is 5 GB"):
        in_flight("4 requests/s", "5 GB")
    with pytest.raises(UserError, match="the rate is more than 0"):
        time_inside("4 requests", "0 requests/s")
    with pytest.raises(UserError, match="the time is more than 0"):
        rate_through("4 requests", "-1 s")
