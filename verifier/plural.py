"""A number and what it counts, as everything that is read by people spells it."""


def plural(n: int, word: str, words: str = "") -> str:
    """Count and noun.

    >>> plural(1, "run"), plural(1200, "run"), plural(0, "query", "queries")
    ('1 run', '1,200 runs', '0 queries')
    """
    return f"{n:,} {word if n == 1 else words or word + 's'}"
