"""How far chance alone could move a figure: intervals, and tests of a difference."""

from itertools import combinations
from math import comb

import numpy as np


def resampled(marks, groups, draws=1000, seed=0):
    """Means of `marks` in samples that draw whole groups, with replacement: the cluster bootstrap.

    Questions of one article share its difficulties; to draw them one by one would make an interval too narrow
    (Davison and Hinkley 1997, section 3.8).

    Args:
        marks: n numbers, one a question; for a paired comparison, differences of two models' marks.
        groups: n labels, the articles.

    Returns an array of `draws` means.
    """
    names, owner = np.unique(np.asarray(groups), return_inverse=True)
    sums, counts = np.bincount(owner, np.asarray(marks, dtype=float)), np.bincount(owner)
    drawn = np.random.default_rng(seed).integers(len(names), size=(draws, len(names)))
    return sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)


def interval(marks, groups, draws=1000, seed=0):
    """The mean of `marks` within its 95 % interval, `(low, mean, high)`; arguments as in `resampled`."""
    low, high = np.percentile(resampled(marks, groups, draws, seed), [2.5, 97.5])
    return float(low), float(np.mean(marks)), float(high)


def mcnemar(one, other):
    """The exact two-sided p of McNemar's test: how likely chance parts the discordant pairs so unevenly, or more.

    `one` and `other` count the pairs that only the first, or only the second, got right.
    """
    pairs = one + other
    tail = sum(comb(pairs, count) for count in range(min(one, other) + 1))
    return min(1.0, 2 * tail / 2**pairs)


def wilson(hits, n):
    """Wilson's 95 % interval of a proportion, `(low, high)`, 0 to 1: it holds near 0 and 1 too, and in small samples.

    Source: Wilson 1927, Probable inference, the law of succession, and statistical inference.
    """
    z = 1.96
    share, shrink = hits / n, 1 + z**2 / n
    centre = (share + z**2 / (2 * n)) / shrink
    reach = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / shrink
    return float(max(0.0, centre - reach)), float(min(1.0, centre + reach))


def effect_size(x, y):
    """The difference of the means of two lists in sample standard deviations of both lists together.

    With lists of one length it stays between -2 and 2. Source: Caliskan, Bryson and Narayanan 2017.
    """
    return float((np.mean(x) - np.mean(y)) / np.concatenate([x, y]).std(ddof=1))


def permutation_p(x, y):
    """The exact one-sided p of `mean(x) > mean(y)`: the share of all splits whose difference is at least as large.

    The lists have one length, at most about 10: there are 12,870 splits of 8 and 8. Ties count.
    """
    both = np.concatenate([x, y])
    chosen = np.array(list(combinations(range(len(both)), len(x))))
    return float((both[chosen].sum(axis=1) >= np.sum(x) - 1e-9).mean())  # two equal sums may differ in a last digit


def holm(values):
    """Holm's correction of p-values for their number: `{name: p}`, in increasing order of p.

    Source: Holm 1979, A simple sequentially rejective multiple test procedure.
    """
    adjusted, highest = {}, 0.0
    for rank, name in enumerate(sorted(values, key=values.get)):
        highest = max(highest, min(1.0, (len(values) - rank) * values[name]))
        adjusted[name] = highest
    return adjusted
