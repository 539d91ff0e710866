"""Words by which a sentence of a paper shows what it is: a finding, an aim, a method. Pure."""

import re
from collections.abc import Mapping

NUMBER = r"\d+(?:[.,]\d+)*"
COUNT = (
    rf"(?:{NUMBER}\s?(?:[kKMB]\b|thousand|million|billion)?|two|three|four|five|six|seven|eight"
    r"|nine|ten|eleven|twelve|fifteen|sixteen|twenty|dozens? of|hundreds of|thousands of"
    r"|millions of)"
)
BETWEEN = r"(?!(?:of|in|on|for|to|with|from|at|by|per|than|were|was|are|is)\b)[\w/-]+"
THINGS = (
    r"(?:samples?|records?|recordings?|patients?|participants?|subjects|ecgs?|electrocardiograms?"
    r"|leads?|objectives|methods|methodologies|strategies|approaches|models|architectures|backbones"
    r"|baselines|fms|tasks|benchmarks|data ?sets?|databases|cohorts?|classes|labels|conditions"
    r"|targets|categories|layers?|parameters|dimensions|heads|epochs|steps|updates|gpus|hours"
    r"|years|seeds|folds|hospitals|cent(?:er|re)s|countries|images|pairs|tokens|questions|domains"
    r"|features|studies|trials|articles|papers|components|stages|[km]?hz|ms|seconds)"
)

CUES: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "finds": r"\b(?:we|our|results?|data|study|findings?|evidence|analys[ie]s|experiments?)\b"
        r"[^.]{0,40}\b(?:show|shows|showed|shown|demonstrat\w+|find|finds|found|suggest\w*"
        r"|indicat\w+|reveal\w*|provid\w+ evidence|report|identif\w+|observ\w+|conclud\w+"
        r"|confirm\w*|establish\w*|yield\w*)\b",
        "concludes": r"\b(?:in conclusion|conclusions?|thus|therefore|taken together|together"
        r"|overall|in summary|hence|these (?:results|findings|data|observations))\b",
        "compares": r"\b(?:outperform\w*|better|worse|best|superior\w*|inferior\w*|higher|lower"
        r"|highest|lowest|stronger|strongest|weaker|weakest|trail(?:s|ed|ing)?"
        r"|greater|fewer|larger|smaller|faster|slower|compared (?:with|to)|versus|vs|than"
        r"|relative to|exceed\w*|surpass\w*|match(?:es|ed)?|comparable|similar to|no difference"
        r"|equivalent|ahead of|lags?|state[- ]of[- ]the[- ]art)\b",
        "moves": r"\b(?:increas\w+|decreas\w+|reduc\w+|improv\w+|enhanc\w+|impair\w*|inhibit\w*"
        r"|promot\w+|induc\w+|suppress\w*|prevent\w*|caus\w+|lead\w* to|result\w* in|contribut\w+"
        r"|mediat\w+|regulat\w+|activat\w+|required for|necessary for|sufficient|depend\w* on"
        r"|associat\w+ with|correlat\w+|predict\w*|linked to|affect\w*|influenc\w*|protect\w*)\b",
        "grows": r"\b(?:scal(?:e|es|ing)|monoton\w+|as [\w ]{1,40}(?:grows?|increases?|decreases?)"
        r"|increas\w+ with|decreas\w+ with|continu\w+ to|plateau\w*|saturat\w+|dose[- ]dependent"
        r"|power[- ]law|trend)\b",
        "measures": rf"{NUMBER}\s?%|\bp\s?[<=>≤]\s?{NUMBER}|\bCI\b|confidence interval"
        rf"|\b(?:AUROC|AUC|F1|accuracy|odds ratio|hazard ratio|OR|HR|RR)\b|{NUMBER}[- ]fold"
        rf"|±|{NUMBER} points?\b",
        "counts": rf"\b{NUMBER}\b",
        "tallies": rf"(?<![\w.]){COUNT}[\s-](?:{BETWEEN}\s+){{0,7}}?{THINGS}\b",
        "is sure": r"\b(?:significant\w*|clear\w*|strong\w*|consistent\w*|robust\w*)\b",
        "sets up": r"\b(?:consists? of|comprises?|compris\w+|composed of|trained on|pre-?trained on"
        r"|evaluated on|operates? at|layers?|dimensions?|parameters|samples?|patients|participants"
        r"|recordings|data ?sets?|enrol\w+|randomi[sz]ed|sampled at|hz)\b",
        "aims": r"\b(?:aim(?:s|ed)?\b|(?<!learning )(?<!training )objective\b|objectives\s*:"
        r"|purpose|goal|to (?:investigate|determine|assess"
        r"|examine|evaluate|explore|test|study|identify|understand|address)|we (?:asked|ask"
        r"|investigated?|sought|set out|hypothesi[sz]ed?|wanted)|whether)\b",
        "is known": r"\b(?:unknown|unclear|poorly understood|little is known|remains?|rarely"
        r"|controversial|debated?|not been|is an? (?:important|major|common|leading)|widely used"
        r"|previous(?:ly)?|traditional\w*|has been|have been|are beginning)\b",
        "does": r"\b(?:we (?:used|use|performed|perform|conducted|analy[sz]ed|measured|collected"
        r"|propose|present|introduce|describe|develop\w*|review\w*|present|applied|generated"
        r"|recruited|trained|compare|compared)|(?:was|were) (?:performed|used|conducted|collected"
        r"|randomi[sz]ed|randomly|assigned|measured|assessed|recruited|obtained|analy[sz]ed"
        r"|enrolled|searched|included)|methods?|design|setting)\b",
        "hopes": r"\b(?:future|further (?:studies|research|work)|may (?:be|help|provide)|could be"
        r"|might|should be|promising|potential\w*|need(?:s|ed)? to|opens?|paves?)\b",
        "is named": r"^(?:results?|findings?|main results?|conclusions?|interpretation)\b\s*[:.]?",
        "asks": r"\?\s*$",
    }.items()
}


def cues(sentence: str) -> frozenset[str]:
    """The names of the cues a sentence holds.

    >>> sorted(cues("We aim to investigate whether S4 wins."))
    ['aims']
    >>> sorted(cues("S4 outperforms CNNs by 0.5 points."))
    ['compares', 'counts', 'measures']
    >>> ["tallies" in cues(s) for s in ("five quite different objectives", "two of the leads")]
    [True, False]
    """
    return frozenset(name for name, pattern in CUES.items() if pattern.search(sentence))
