"""What the bundled judge is trained to read: claims beside documents whose sentences are marked.

    stated    SciFact's training claims with the abstracts they cite, as its annotators marked them
    silent    the same claims with near abstracts that nobody cited
    titled    titles that say something, as claims about their own abstracts or a near one
    restated  sentences as claims about the abstract they stand in
    of_pair   a claim and one passage, perhaps among passages about other things

The last three are made by program from texts without labels; `turned` turns any of them round by
the rules of contrast.py.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from models.text import contrast
from models.text.judge import Question
from models.text.pairs import CLASSES, OTHER, Example
from models.text.scifact import CONTRADICTED, NEITHER, SUPPORTED, Abstract, CitingClaim

MOST = 5  # sentences of a document, as many as the judge is asked about
NEAREST = 0.5  # share of documents of which the sentences most like the claim are shown
UNKNOWN = -1
WORD = re.compile(r"\w+")
SAYS = re.compile(
    rf"\b(?:is|are|was|were|can|has|have|does|do|not|(?:{contrast.VERBS})(?:s|d|ed)?)\b"
)
Near = Mapping[int, Sequence[int]]  # by claim or abstract: abstracts, the nearest first


@dataclass(frozen=True, slots=True)
class Marked:
    """A claim, a document, what the one says of the other, and which sentences say it.

    `gold` is None where it is not known which.
    """

    claim: str
    sentences: tuple[str, ...]
    label: str
    gold: frozenset[int] | None
    title: str = ""

    def question(self) -> Question:
        return Question(self.claim, self.sentences, self.title)

    def marks(self) -> list[int]:
        """Of each sentence the place in CLASSES, or UNKNOWN."""
        neither = CLASSES.index(NEITHER)
        if self.label == NEITHER:
            return [neither] * len(self.sentences)
        if self.gold is None:
            return [UNKNOWN] * len(self.sentences)
        said = CLASSES.index(self.label)
        return [said if i in self.gold else neither for i in range(len(self.sentences))]


def stated(claims: Sequence[CitingClaim], corpus: Mapping[int, Abstract]) -> list[Marked]:
    return [
        Marked(
            claim.text,
            corpus[i].sentences,
            claim.label(i),
            claim.gold(i),
            corpus[i].title,
        )
        for claim in claims
        for i in claim.cited
        if corpus[i].sentences
    ]


def silent(
    claims: Sequence[CitingClaim],
    corpus: Mapping[int, Abstract],
    near: Near,
    random: Random,
    n: int,
) -> Iterator[Marked]:
    """`n` for each claim."""
    for claim in claims:
        others = [i for i in near.get(claim.id, ()) if i not in claim.cited and corpus[i].sentences]
        for i in random.sample(others, min(n, len(others))):
            yield Marked(claim.text, corpus[i].sentences, NEITHER, frozenset(), corpus[i].title)


def titled(corpus: Mapping[int, Abstract], near: Near, random: Random) -> Iterator[Marked]:
    """Each title that is a sentence, twice: what its abstract says, and the title turned round.

    One in three is read beside a near abstract instead, which says nothing of it.
    """
    for i, abstract in corpus.items():
        title = abstract.title.rstrip(".")
        if len(title.split()) < 6 or "?" in title or not SAYS.search(title) or ":" in title:
            continue
        claim = f"{title}."
        other = contrast.turned(claim, random)
        if not other or not abstract.sentences:
            continue
        yield Marked(claim, abstract.sentences, SUPPORTED, None)
        yield Marked(other, abstract.sentences, CONTRADICTED, None)
        if near.get(i) and random.random() < 0.67:
            elsewhere = corpus[random.choice(near[i])]
            chosen = random.choice((claim, other))
            if elsewhere.sentences:
                yield Marked(chosen, elsewhere.sentences, NEITHER, frozenset(), elsewhere.title)


def restated(corpus: Mapping[int, Abstract], random: Random, n: int) -> Iterator[Marked]:
    """`n` sentences as claims about their abstract: as they stand, shortened, or turned round."""
    every = [(i, k) for i, a in corpus.items() for k, s in enumerate(a.sentences) if _is_claim(s)]
    for i, k in random.sample(every, min(n, len(every))):
        abstract = corpus[i]
        sentence = abstract.sentences[k]
        said = _shortened(sentence, random)
        other = contrast.recounted(said, sentence, random) if random.random() < 0.5 else None
        other = other or contrast.turned(said, random)
        title = abstract.title if random.random() < 0.5 else ""
        if other is None or random.random() < 0.5:
            yield Marked(said, abstract.sentences, SUPPORTED, frozenset({k}), title)
        else:
            yield Marked(other, abstract.sentences, CONTRADICTED, frozenset({k}), title)
        if random.random() < 0.3:
            rest = (*abstract.sentences[:k], *abstract.sentences[k + 1 :])
            if rest:
                yield Marked(said, rest, NEITHER, None, title)


def of_pair(pair: Example, others: Sequence[str], random: Random) -> Marked:
    """The passage alone or, as often as not, among up to three `others`."""
    beside = random.sample(others, min(len(others), random.randint(0, 3) * random.randint(0, 1)))
    place = random.randint(0, len(beside))
    sentences = (*beside[:place], pair.passage, *beside[place:])
    gold = frozenset() if pair.label == NEITHER else frozenset({place})
    return Marked(pair.claim, sentences, pair.label, gold)


def turned(read: Marked, random: Random) -> Marked | None:
    """A decided document with the claim, its evidence or both turned round; None: it cannot be."""
    if read.label == NEITHER:
        return None
    found = []
    evidence = " ".join(read.sentences[i] for i in sorted(read.gold or ()))
    if read.label == SUPPORTED and random.random() < 0.4:
        recounted = contrast.recounted(read.claim, evidence, random)
        if recounted:
            return replace(read, claim=recounted, label=CONTRADICTED)
    claim = contrast.turned(read.claim, random)
    sentences = _evidence_turned(read)
    if claim:
        found.append(replace(read, claim=claim, label=OTHER[read.label]))
    if sentences:
        found.append(replace(read, sentences=sentences, label=OTHER[read.label]))
    if claim and sentences:
        found.append(replace(read, claim=claim, sentences=sentences))
    return random.choice(found) if found else None


def alone(read: Marked, random: Random) -> Marked | None:
    """A decided document's evidence, or one sentence of a silent one, by itself; None: unknown."""
    if read.gold is None or (not read.gold and read.label != NEITHER):
        return None
    kept = sorted(read.gold) or [random.randrange(len(read.sentences))]
    if len(kept) > 1 and random.random() < 0.5:
        kept = [random.choice(kept)]
    sentences = tuple(read.sentences[i] for i in kept)
    gold = frozenset(range(len(kept))) if read.gold else frozenset()
    return Marked(read.claim, sentences, read.label, gold)


def shown(read: Marked, random: Random) -> Marked:
    """As a reader may get it: all of it, some of it, or nothing but the evidence."""
    n = len(read.sentences)
    gold = read.gold or frozenset()
    chance = random.random()
    if gold and chance < 0.2:
        kept = sorted(gold)[:MOST]
    elif read.gold is None:
        kept = sorted(_nearest(read, range(n))[:MOST])
    elif chance < 0.6 and n <= MOST:
        kept = list(range(n))
    else:
        rest = [i for i in range(n) if i not in gold]
        rest = _nearest(read, rest) if random.random() < NEAREST else random.sample(rest, len(rest))
        most = random.randint(min(3, n), MOST)
        kept = sorted([*sorted(gold)[:MOST], *rest[: max(0, most - len(gold))]]) or [0]
    return replace(
        read,
        sentences=tuple(read.sentences[i] for i in kept),
        gold=None if read.gold is None else frozenset(at for at, i in enumerate(kept) if i in gold),
        title=read.title if random.random() < 0.85 else "",
    )


def _nearest(read: Marked, places: Iterable[int]) -> list[int]:
    """Those first that share most words with the claim: a search shows such."""
    claimed = set(WORD.findall(read.claim.lower()))
    return sorted(
        places, key=lambda i: -len(claimed & set(WORD.findall(read.sentences[i].lower())))
    )


def _evidence_turned(read: Marked) -> tuple[str, ...] | None:
    """Only where one sentence says it all: of several, one denied may leave the rest standing."""
    if read.gold is None or len(read.gold) != 1:
        return None
    (i,) = read.gold
    other = contrast.opposite(read.sentences[i]) or contrast.denied(read.sentences[i])
    return (*read.sentences[:i], other, *read.sentences[i + 1 :]) if other else None


def _is_claim(sentence: str) -> bool:
    return 8 <= len(sentence.split()) <= 40 and SAYS.search(sentence) is not None


def _shortened(sentence: str, random: Random) -> str:
    """Without what stands in brackets, and without an opening that only introduces."""
    found = re.sub(r"\s*\([^()]*\)", "", sentence) if random.random() < 0.7 else sentence
    opened = re.match(
        r"(?:(?:Here|Thus|Moreover|Furthermore|In (?:conclusion|summary|addition|contrast)|"
        r"However|Therefore|Together|Finally|Collectively)\b[^,]*, )?"
        r"(?:(?:we|our|these|the) \w+(?: \w+)? (?:show|find|found|suggest|indicate|demonstrate|"
        r"report|reveal|conclude)(?:s|ed|d)? that )?",
        found,
        re.IGNORECASE,
    )
    rest = found[opened.end() :] if opened and random.random() < 0.7 else found
    return rest[0].upper() + rest[1:] if len(rest.split()) >= 6 else found
