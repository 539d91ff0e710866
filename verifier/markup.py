"""Plain text out of what sources write with marks of HTML, JATS or MathML. Pure."""

import re
from html import unescape

# With a value behind every attribute, so that "x <y and z> 3" stays a comparison.
TAG = re.compile(
    r"<(?P<close>/?)(?:[A-Za-z][\w.-]*:)?(?P<name>[A-Za-z][\w.-]*)"
    r"(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*/?>"
)
ALONGSIDE = (
    frozenset(  # marks inside a word or beside it; any other one parts what it stands between
        "i em italic b strong bold u underline sub sup sc span tt a ext-link xref named-content "
        "styled-content inline-formula alternatives math mrow mi mn mo mtext msub msup msubsup "
        "mstyle semantics".split()
    )
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "title"))
TEX = re.compile(  # beside MathML, which says the same
    r"<((?:\w+:)?(?:tex-math|annotation(?:-xml)?))\b[^<>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE
)
SUP = re.compile(r"<(?:\w+:)?sup>(?P<above>[^<>]*)</(?:\w+:)?sup>", re.IGNORECASE)
POWER = re.compile(r"\s*[-−–+]?\d+\s*")
BASE = re.compile(r"(?:^|[^\d.,])10\s*$")


def plain(marked: str) -> str:
    """One line without its marks; headings end with a colon, powers of ten are written with ^.

    >>> plain("<jats:title>Aim</jats:title><jats:p>We  show H<sub>2</sub>O &lt; 5 %.</jats:p>")
    'Aim: We show H2O < 5 %.'
    >>> plain("<i>p</i> = 3 × 10<sup>−4</sup>, as said before<sup>12</sup>")
    'p = 3 × 10^−4, as said before12'
    >>> plain("if a <b and c> d")
    'if a <b and c> d'
    """
    if "<mml:math" in marked or "<math" in marked:
        marked = TEX.sub("", marked)
    marked = SUP.sub(lambda found: raised(marked[: found.start()], found["above"]), marked)
    text = re.sub(r"\s+", " ", unescape(TAG.sub(_without, marked)))
    return re.sub(r" (?=[.,;:](?:\s|$))", "", text).strip()


def raised(before: str, above: str) -> str:
    """What stands raised, so that 10⁻⁴ does not become 10-4.

    >>> raised("p < 10", "-4"), raised("in 2010", "3"), raised("of the 1", "st")
    ('^-4', '3', 'st')
    """
    is_power = POWER.fullmatch(above) and BASE.search(before)
    return f"^{above.strip()}" if is_power else above


SIGNS = {
    "pm": "±", "mp": "∓", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "times": "×", "cdot": "·",
    "approx": "≈", "sim": "~", "neq": "≠", "ne": "≠", "ll": "≪", "gg": "≫", "to": "→",
    "rightarrow": "→", "ldots": "…", "dots": "…", "infty": "∞", "sum": "Σ", "lvert": "|",
    "rvert": "|", "mid": "|", "left": "", "right": "", "displaystyle": "", "quad": " ",
}  # fmt: skip
LETTERING = re.compile(
    r"\\(?:math(?:rm|bf|it|cal|bb|sf|frak|tt)|text(?:bf|it|rm|sf|tt)?|operatorname\*?|boldsymbol|bm"
    r"|hat|bar|tilde|overline|mbox)\b\s*"
)
FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")


def plain_formula(tex: str) -> str:
    r"""A formula as text: MathML repeats itself, so its own TeX stands for it.

    >>> plain_formula(r"95\%"), plain_formula(r"p<0.05"), plain_formula(r"10^{-4}\,\mathrm{ms}")
    ('95%', 'p<0.05', '10^-4 ms')
    >>> plain_formula(r"0.931\pm 0.002"), plain_formula(r"\mathcal{O}(n\log n)\leq\frac{1}{2}")
    ('0.931 ± 0.002', 'O(nlog n) ≤ 1/2')
    """
    inner = re.search(r"\\begin\{document\}(.*)\\end\{document\}", tex, re.DOTALL)
    tex = (inner[1] if inner else tex).replace("$", "")  # as PubMed Central has it
    spaced = re.sub(r"\\[,;:! ]|~", " ", tex.replace(r"\%", "%"))
    named = FRACTION.sub(r"\1/\2", LETTERING.sub("", spaced))
    return " ".join(re.sub(r"[{}]", "", re.sub(r"\\([A-Za-z]+)\*?", _sign, named)).split())


def _sign(found: re.Match[str]) -> str:
    """A sign with spaces around it, so that numbers stay apart; a letter's or function's name."""
    sign = SIGNS.get(found[1])
    if sign is None:
        return found[1]
    return f" {sign} " if sign.strip() and not sign.isalnum() else sign


def _without(tag: re.Match[str]) -> str:
    """What stands in place of a mark."""
    name, text = tag["name"].lower(), tag.string
    if name in HEADINGS and tag["close"]:
        is_ended = text[: tag.start()].rstrip().endswith((":", ".", "?", "!"))
        return " " if is_ended else ": "
    if name not in ALONGSIDE:
        return " "
    is_run_in = name in ("b", "strong", "bold") and tag["close"] and text[tag.end() :][:1].isupper()
    return " " if is_run_in else ""
