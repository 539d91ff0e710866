"""Looking more than once without being wrong more often.

Look k may spend 1 / (k (k + 1)) of every error rate: a half, a sixth, a twelfth … The shares sum to
one however often one looks, so by Bonferroni's inequality the chance that any look decides wrongly
is at most the rate of a single one, whatever the dependence between looks. The intervals of all
looks together are a confidence sequence (docs/decisions/0033).
"""


def share_of_look(look: int) -> float:
    """The part of an error rate that the look with this number, from 1, may spend.

    >>> [round(1 / share_of_look(look)) for look in (1, 2, 3)]
    [2, 6, 12]
    """
    if look < 1:
        raise ValueError(f"Looks are numbered from 1, got {look}.")
    return 1 / (look * (look + 1))
