"""Intervals and tests against scipy, and against what they promise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, permutation_test

from qa_course import uncertainty


def test_whole_articles_are_drawn():
    groups = [name for name in "abcdefghij" for _ in range(16)]
    marks = [float(name in "abcde") for name in groups]
    means = uncertainty.resampled(marks, groups, draws=4000)
    assert len(means) == 4000 and means.mean() == pytest.approx(0.5, abs=0.02)
    assert means.std() == pytest.approx(math.sqrt(0.25 / 10), rel=0.05)  # as of 10 marks, not of 160
    assert (uncertainty.resampled(marks, groups) == uncertainty.resampled(marks, groups)).all()
    low, mean, high = uncertainty.interval(marks, groups)
    assert mean == 0.5 and 0.1 <= low <= 0.25 and 0.75 <= high <= 0.9


def test_articles_of_unequal_size_weigh_by_their_questions():
    assert set(uncertainty.resampled([1, 0, 0, 0], ["a", "b", "b", "b"])) == {0.0, 0.25, 1.0}
    assert uncertainty.interval([1, 1], ["a", "b"]) == (1.0, 1.0, 1.0)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_exact_binomial_test(one, other):
    expected = binomtest(one, one + other).pvalue if one + other else 1.0
    assert uncertainty.mcnemar(one, other) == pytest.approx(expected)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_the_interval_of_scipy(pair):
    expected = binomtest(*pair).proportion_ci(method="wilson")
    assert uncertainty.wilson(*pair) == pytest.approx((expected.low, expected.high), abs=1e-4)


@given(st.lists(st.integers(-20, 20), min_size=4, max_size=10).filter(lambda each: len(set(each)) > 1))
def test_a_permutation_p_is_that_of_scipy(values):
    half = len(values) // 2
    x, y = np.array(values[:half], dtype=float), np.array(values[half : 2 * half], dtype=float)
    if len({*x, *y}) == 1:
        return
    found = permutation_test((x, y), lambda a, b: a.mean() - b.mean(), n_resamples=np.inf, alternative="greater")
    assert uncertainty.permutation_p(x, y) == pytest.approx(found.pvalue)


def test_an_effect_size_counts_deviations_of_both_lists():
    x, y = [3.0, 5.0], [1.0, 3.0]
    assert uncertainty.effect_size(x, y) == pytest.approx(2 / math.sqrt(8 / 3))
    assert uncertainty.effect_size(y, x) == -uncertainty.effect_size(x, y)


def test_holm_is_never_below_the_p_before_it():
    found = uncertainty.holm({"a": 0.04, "b": 0.01, "c": 0.03, "d": 0.9})
    assert found == pytest.approx({"b": 0.04, "c": 0.09, "a": 0.09, "d": 0.9})
    assert uncertainty.holm({"only": 0.2}) == {"only": 0.2}
