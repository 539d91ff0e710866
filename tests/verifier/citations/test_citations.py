"""Citations against files written by hand, and what every format must hold."""

import re
from dataclasses import replace

import pytest

from verifier.__main__ import main
from verifier.bibliography import FoundPaper
from verifier.citations import CITATIONS, bibtex, ris
from verifier.citations._names import Name, parted
from verifier.document import Document

PREPRINT = Document(
    key="arxiv:2605.12241",
    title="Scaling ECG models with S4 & CPC: 50% fewer_labels – “a study”",
    text="We train\nS4.",
    source="arxiv",
    authors=("Jörg Müller", "Anna de la Cruz", "Łukasz Søn", "ECG Consortium", "Plato"),
    published="2026-05-12",
    url="http://arxiv.org/abs/2605.12241v1",
    doi="10.48550/arxiv.2605.12241",
)
ARTICLE = Document(
    key="doi:10.1000/a_b",
    title="An Étude of hearts",
    text="All of it.",
    source="europe_pmc",
    extent="full text",
    authors=("Smith JA", "Žižek, Slavoj", "Martin Luther King Jr."),
    published="2024-03",
    doi="10.1000/a_b",
    other_keys=("arxiv:2401.00001",),
    retraction="Crossref: retracted (2026-07-02)",
)
BARE = Document(key="file:" + "ab" * 32, title="", text="", source="file", url="javascript:x")

BIBTEX = r"""@misc{muller2026scaling,
  author = {M{\"u}ller, J{\"o}rg and de la Cruz, Anna and S{\o}n, {\L}ukasz and PEOPLE},
  title = {Scaling {ECG} models with {S4} \& {CPC}: 50\% fewer\_labels -- ``a study''},
  year = {2026},
  eprint = {2605.12241},
  archiveprefix = {arXiv},
  url = {https://arxiv.org/abs/2605.12241},
}

@misc{smith2024etude,
  author = {Smith, J. A. and {\v{Z}}i{\v{z}}ek, Slavoj and King, Jr., Martin Luther},
  title = {An {\'E}tude of hearts},
  year = {2024},
  doi = {10.1000/a_b},
  eprint = {2401.00001},
  archiveprefix = {arXiv},
  url = {https://doi.org/10.1000/a_b},
  note = {Withdrawn (Crossref: retracted (2026-07-02))},
}

@misc{anonymousfileabababababab,
  title = {file:abababababab},
}
""".replace("PEOPLE", "{ECG Consortium} and {Plato}")
RIS = """TY  - UNPB
TI  - Scaling ECG models with S4 & CPC: 50% fewer_labels – “a study”
AU  - Müller, Jörg
AU  - de la Cruz, Anna
AU  - Søn, Łukasz
AU  - ECG Consortium
AU  - Plato
PY  - 2026
DA  - 2026/05/12
AN  - arXiv:2605.12241
UR  - https://arxiv.org/abs/2605.12241
AB  - We train S4.
ER  -|
TY  - JOUR
TI  - An Étude of hearts
AU  - Smith, J. A.
AU  - Žižek, Slavoj
AU  - King, Martin Luther, Jr.
PY  - 2024
DA  - 2024/03
DO  - 10.1000/a_b
AN  - arXiv:2401.00001
UR  - https://doi.org/10.1000/a_b
N1  - Withdrawn (Crossref: retracted (2026-07-02))
ER  -|
TY  - GEN
TI  - file:abababababab
ER  -|
"""


def test_bibtex_as_written_by_hand():
    assert bibtex.render([PREPRINT, ARTICLE, BARE]).decode() == BIBTEX


def test_ris_as_written_by_hand():
    assert ris.render([PREPRINT, ARTICLE, BARE]).decode() == RIS.replace("|", " ").replace(
        "\n", "\r\n"
    )


def test_no_two_entries_share_a_key():
    entries = bibtex.render([PREPRINT] * 30).decode()
    keys = re.findall(r"@misc\{(.*),", entries)
    assert keys[:3] == ["muller2026scaling", "muller2026scalingb", "muller2026scalingc"]
    assert len(set(keys)) == 30


@pytest.mark.parametrize("name", list(CITATIONS))
def test_every_format_holds_every_paper_and_nothing_breaks_out_of_a_field(name):
    hostile = Document(
        key="k", title="}\n@misc{x, title={\\", text="a\r\nER  - \r\nTY  - JOUR", source="s",
        authors=("A} and {B", "Rock and Roll Group"),
    )  # fmt: skip
    format = CITATIONS.load(name)
    assert format.LABEL
    assert format.SUFFIX.startswith(".")
    written = format.render([hostile, PREPRINT]).decode()
    begun = re.findall(r"^(?:@misc\{|TY  - )", written, re.MULTILINE)
    assert len(begun) == 2
    if name == "bibtex":
        assert written.count("{") == written.count("}"), "BibTeX counts them, escaped or not"
    assert "withdrawn" not in written.lower()
    assert format.render([]) == b""


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ann Author", Name("Author", "Ann")),
        ("Ludwig van Beethoven", Name("van Beethoven", "Ludwig")),
        ("Smith J", Name("Smith", "J.")),
        ("J Smith", Name("Smith", "J")),
        ("Author, Ann", Name("Author", "Ann")),
        ("Sammy Davis Jr.", Name("Davis", "Sammy", "Jr.")),
        ("Sammy Davis, Jr.", Name("Davis", "Sammy", "Jr.")),
        ("Plato", Name("Plato")),
        ("The ECG Working Group", Name("The ECG Working Group")),
    ],
)
def test_names_are_parted_as_people_write_them(written, name):
    assert parted(written) == name


def test_papers_are_cited_by_command_by_name_by_search_or_all(workspace, capsysbinary, tmp_path):
    workspace.archive.put_documents([PREPRINT, ARTICLE])
    assert main(["cite", "2605.12241", "doi:10.1000/a_b"]) == 0
    assert capsysbinary.readouterr().out == bibtex.render(
        [PREPRINT, replace(ARTICLE, retraction="")]
    )
    asked = workspace.inquiries.request("search", "q", {})
    paper = FoundPaper(document_id=2, score=1.0, sources=("arxiv",))
    workspace.bibliography.put_papers(asked, [paper])
    target = tmp_path / "found.ris"
    assert main(["cite", "--search", str(asked), "--format", "ris", "--output", str(target)]) == 0
    assert target.read_bytes() == ris.render([replace(ARTICLE, retraction="")])
    assert main(["cite", "--format", "ris"]) == 0
    assert capsysbinary.readouterr().out.count(b"TY  - ") == 2
    assert main(["cite", "--format", "word"]) == 2
    assert b"No 'word'" in capsysbinary.readouterr().err
