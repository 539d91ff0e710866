"""Are the papers recent, still standing, and named in the version that was read?"""

from datetime import date

from verifier.dossier import Dossier, SourceCheck
from verifier.reviewers import Criterion, criterion

LABEL = "Currency and retractions"
ASKS = "Are the references recent, not withdrawn, looked up for notices, and named by version?"
RECENT_YEARS = 5


def review(dossier: Dossier) -> tuple[Criterion, ...]:
    sources = dossier.sources
    listed = [one for one in sources if one.has_notices or one.checked_at is not None]
    none = "it has no references"
    return (
        _standing(dossier),
        criterion(
            "Were notices of retraction looked up?",
            2,
            n=sum(source.checked_at is not None for source in listed),
            of=len(listed),
            what="references that may have notices were looked up for them",
            raise_by="look for notices about the references: python -m verifier retractions",
            why_not="no reference has a DOI by which notices are kept" if sources else none,
        ),
        _recent(dossier),
        criterion(
            "Is the version named that was read?",
            1,
            n=sum(source.reference.version is not None for source in sources),
            of=len(sources),
            what="references name a version",
            raise_by="cite the version of each preprint",
            why_not=none,
        ),
    )


def _standing(dossier: Dossier) -> Criterion:
    """One withdrawn paper is a grave fault, however many others there are."""
    gone = [source.title or source.reference.url for source in dossier.sources if source.retraction]
    quoted = [d.title for d in dossier.documents.values() if d.retraction]
    named = list(dict.fromkeys([*gone, *quoted]))
    asks = "Do the papers still stand?"
    if not named and all(source.checked_at is None for source in dossier.sources):
        why = "no source was asked whether a paper was withdrawn"
        return Criterion(asks=asks, weight=4, share=None, found=why)
    told = f"withdrawn: {'; '.join(named[:3])}" if named else "no paper is known to be withdrawn"
    return Criterion(
        asks=asks,
        weight=4,
        share=0.0 if named else 1.0,
        found=told,
        raise_by="leave out what rests on withdrawn papers",
    )


def _recent(dossier: Dossier) -> Criterion:
    report = dossier.report
    written = report.reported_on if report and report.reported_on else dossier.generated_at.date()
    years = [year for source in dossier.sources if (year := _year(source)) is not None]
    return criterion(
        "Are the papers recent?",
        3,
        n=sum(written.year - year <= RECENT_YEARS for year in years),
        of=len(years),
        what=f"references with a known year are at most {RECENT_YEARS} years older",
        raise_by="look for newer work",
        why_not="no reference's year is known",
    )


def _year(source: SourceCheck) -> int | None:
    """From the paper's date; else from an arXiv id ("2605.12241" is of 2026)."""
    if source.published[:4].isdigit():
        return int(source.published[:4])
    arxiv_id = source.reference.arxiv_id or ""
    if len(arxiv_id) >= 9 and arxiv_id[4] == "." and arxiv_id[:4].isdigit():
        year = 2000 + int(arxiv_id[:2])
        return year if year <= date.max.year else None
    return None
