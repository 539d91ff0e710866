"""Looking more than once without being wrong more often.

The first look may spend three quarters of every error rate, whether or not anybody means to look
again: that is not known when it is taken. Look k after it spends 1 / (4 k (k - 1)): an eighth, a
twenty-fourth … The shares sum to one however often one looks, so by Bonferroni's inequality the
chance that any look decides wrongly is at most the rate of a single one, whatever the dependence
between looks. The intervals of all looks together are a confidence sequence (docs/decisions/0033).
"""

FIRST = 0.75  # of every error rate


def share_of_look(look: int) -> float:
    """The part of an error rate that the look with this number, from 1, may spend.

    >>> [round(1 / share_of_look(look), 2) for look in (1, 2, 3)]
    [1.33, 8.0, 24.0]
    """
    if look < 1:
        raise ValueError(f"Looks are numbered from 1, got {look}.")
    return FIRST if look == 1 else (1 - FIRST) / (look * (look - 1))
