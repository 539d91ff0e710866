import json
from dataclasses import replace
from io import BytesIO

import pypdfium2 as pdfium
import pytest

from verifier.claim import InputError
from verifier.literature import fulltext
from verifier.literature.fulltext import read
from verifier.literature.passages import passages
from verifier.literature.sections import page_of, page_words, section_at, sections


def pdf(lines: list[str], *, title: str = "", headed: str = "", extra: bytes = b"") -> bytes:
    """A one-page PDF, written by hand, that shows `lines`, below `headed` in larger letters."""
    shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
    # as some programs write it: the font at 1, the size in the matrix
    head = f"BT /F1 1 Tf 20 0 0 20 72 740 Tm ({headed}) Tj ET " if headed else ""
    stream = f"{head}BT /F1 12 Tf 72 700 Td {shown} ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Title(%s)>>" % title.encode(),
    ]
    body, places = b"%PDF-1.4\n", []
    for number, obj in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, obj)
    start = len(body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + (
        b"xref\n0 7\n0000000000 65535 f \n%strailer<</Size 7/Root 1 0 R/Info 6 0 R%s>>\n"
        b"startxref\n%d\n%%%%EOF" % (table, extra, start)
    )


def pdf_of(pages: list[list[str]]) -> bytes:
    """Several pages, bound by PDFium."""
    whole, out = pdfium.PdfDocument.new(), BytesIO()
    for lines in pages:
        whole.import_pages(pdfium.PdfDocument(pdf(lines)))
    whole.save(out)
    return out.getvalue()


def only(data: bytes, name: str):
    (document,) = read(data, name).documents
    return document


def test_plain_text_keeps_its_words_and_is_known_by_its_bytes():
    document = only("# A Title\r\n\r\nAn S4 model – fast.".encode(), "notes.md")
    assert document.title == "A Title"
    assert document.text == "# A Title\n\nAn S4 model – fast."
    assert document.key.startswith("file:")
    assert len(document.key) == len("file:") + 64
    assert (document.extent, document.source) == ("full text", "file")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_usual_encodings_are_read(encoding):
    assert only("Größe – 5".encode(encoding), "a.txt").text == "Größe – 5"


def test_an_arxiv_id_in_the_name_or_on_the_first_page_is_the_identity():
    assert only(b"Text.", "2605.12241v3.txt").key == "arxiv:2605.12241"
    assert only(b"Text.", "2605.12241v3.txt").version == 3
    assert only(b"Title\narXiv:2605.12241v1 [eess.SP]", "a.txt").key == "arxiv:2605.12241"
    late = b"x" * 5000 + b" arXiv:2605.12241v1"
    assert only(late, "a.txt").key.startswith("file:")


def test_a_pdf_gives_its_text_and_title():
    document = only(pdf(["We train S4.", "It wins."], title="On S4"), "a.pdf")
    assert document.title == "On S4"
    assert document.text.split("\n") == ["We train S4.", "It wins.\f"]


def test_a_pdf_without_a_title_goes_by_its_first_line():
    assert only(pdf(["A Study of S4", "It wins."]), "a.pdf").title == "A Study of S4"


@pytest.mark.parametrize(
    "title",
    [
        "Microsoft Word - draft3.doc",
        "untitled",
        "paper_final_v2",
        "arXiv:2605.12241v1  [eess.SP]  9 Jun 2026",
        "A template for authors of the journal",
        "",
    ],
)
def test_a_title_in_the_metadata_that_the_first_page_has_not_gives_way_to_its_largest_text(title):
    body = ["Preprint. Under review.", "We train S4.", "It wins on all tasks."]
    assert only(pdf(body, headed="On S4 for ECG", title=title), "a.pdf").title == "On S4 for ECG"


def test_a_title_of_the_metadata_that_the_first_page_has_is_kept_as_the_metadata_write_it():
    body = ["On S4 for", "ECG: A Study", "We train S4."]
    data = pdf(body, headed="Journal of Cardiology", title="On S4 for ECG: a study")
    assert only(data, "a.pdf").title == "On S4 for ECG: a study"


def test_a_pdf_with_no_title_anywhere_is_called_by_its_file():
    data = pdf(["17", "We train."], title="untitled")
    assert only(data, "draft-3.pdf").title == "draft-3.pdf"


def test_what_runs_through_the_pages_of_a_pdf_is_not_its_text():
    said = ["S4 wins on", "all tasks here", "and loses none", "as we have"]
    pages = [
        [f"Author et al.: S4, page {n + 4}", f"Sentence {word}", f"goes on: {word}.", str(n + 4)]
        for n, word in enumerate(said)
    ]
    text = only(pdf_of(pages), "a.pdf").text
    assert text == "\f".join(f"Sentence {word}\ngoes on: {word}." for word in said)
    assert page_of(text, text.index("loses")) == 3


def test_lines_that_only_two_pages_share_are_kept():
    text = only(pdf_of([["A title", "One."], ["A title", "Two."]]), "a.pdf").text
    assert text.split("\f") == ["A title\nOne.", "A title\nTwo."]


def test_a_scanned_pdf_says_so():
    blank = pdfium.PdfDocument.new()
    blank.new_page(100, 100)
    out = BytesIO()
    blank.save(out)
    blank.close()
    with pytest.raises(InputError, match="empty or scanned"):
        read(out.getvalue(), "a.pdf")


def test_an_encrypted_pdf_says_so():
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O(%s)/U(%s)>>/ID[(a)(b)]"
    data = pdf(["Secret."], extra=lock % (b"o" * 32, b"u" * 32))
    with pytest.raises(InputError, match=r"a\.pdf: it is encrypted"):
        read(data, "a.pdf")


def test_a_pdf_that_was_cut_short_says_so(capfd, caplog):
    with pytest.raises(InputError, match="was it cut short"):
        read(b"%PDF-1.4\n1 0 obj <</Type /Cat", "a.pdf")
    assert capfd.readouterr().err == ""  # said once, by us
    assert caplog.text == ""


def test_what_is_no_pdf_says_so():
    with pytest.raises(InputError, match="no PDF, it begins b'hello'"):
        read(b"hello", "a.pdf")


def test_html_gives_main_text_with_headings_on_their_own_lines():
    page = (
        b"<html><head><title>Site</title><style>p{}</style></head><body><nav>Menu</nav>"
        b"<article><h1>The  Title</h1><p>S4 &amp; <b>CPC</b>&nbsp;win.</p><script>x()</script>"
        b"<h2>Methods</h2><p>We train.</p></article><footer>Foot</footer></body></html>"
    )
    document = only(page, "a.html")
    assert document.title == "The Title"
    assert document.text == "The Title\n\nS4 & CPC win.\n\nMethods\n\nWe train."


@pytest.mark.parametrize("name", ["a.docx", "a"])
def test_an_unknown_kind_names_the_known_ones(name):
    with pytest.raises(InputError, match=r"known are \.htm"):
        read(b"x", name)


@pytest.mark.parametrize(("data", "why"), [(b" \n", "no text in it"), (b"a\0b", "zero bytes")])
def test_a_file_without_text_says_so(data, why):
    with pytest.raises(InputError, match=why):
        read(data, "a.txt")


def test_too_large_a_file_is_refused(monkeypatch):
    monkeypatch.setattr(fulltext, "MAX_BYTES", 3)
    with pytest.raises(InputError, match="4 bytes; files of up to 3"):
        read(b"long", "a.txt")


PAPER = {
    "arxiv_id": "2605.12241",
    "version": "v1",
    "title": "T",
    "abstract": "A.",
    "authors": ["B"],
}


def lines(*entries: object) -> bytes:
    return "\n".join(e if isinstance(e, str) else json.dumps(e) for e in entries).encode()


def test_each_line_of_a_listing_is_one_abstract():
    document = only(lines(PAPER), "a.jsonl")
    assert (document.key, document.version, document.text) == ("arxiv:2605.12241", 1, "A.")
    assert (document.extent, document.authors, document.notes) == ("abstract", ("B",), ())


def test_an_incomplete_abstract_is_noted_and_a_missing_one_left_out_by_name():
    found = read(
        lines(
            PAPER | {"abstract_complete": False, "version": None},
            PAPER | {"abstract": None, "arxiv_id": "2605.00001"},
        ),
        "a.jsonl",
    )
    assert found.documents[0].notes == ("abstract incomplete",)
    assert found.documents[0].version is None
    assert found.left_out == ("line 2: arXiv 2605.00001 has no abstract",)


def test_every_bad_line_is_named_and_nothing_is_half_read():
    bad = lines(
        PAPER, "{", PAPER | {"arxiv_id": "x"}, "[]", PAPER | {"title": 5}, PAPER | {"version": "z"}
    )
    with pytest.raises(InputError) as caught:
        read(bad, "a.jsonl")
    for part in (
        "line 2: no JSON",
        "line 3: arxiv_id is 'x'",
        "line 4",
        "line 5: title is 5",
        "line 6",
    ):
        assert part in str(caught.value)


JATS = b"""<?xml version="1.0"?><!DOCTYPE article [<!ENTITY evil "boom">]>
<article xmlns:mml="http://www.w3.org/1998/Math/MathML"><front><journal-meta>
<journal-title>J</journal-title></journal-meta><article-meta>
<article-id pub-id-type="doi">10.1000/ABC</article-id><article-id pub-id-type="pmc">9</article-id>
<title-group><article-title>On <italic>S4</italic> for ECG</article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Author</surname>
<given-names>Ann</given-names></name></contrib></contrib-group>
<pub-date><year>2026</year><month>5</month></pub-date>
<abstract><p>S4 wins by 5&#160;%.</p></abstract></article-meta></front>
<body><sec><label>1</label><title>Results</title><p>S4 wins <xref>[1]</xref> with
<inline-formula><alternatives><tex-math>x^2</tex-math></alternatives></inline-formula>&evil;.</p>
<table-wrap><caption><p>Scores.</p></caption><table><tr><td>0.9</td></tr></table></table-wrap>
<sec><title>Probes</title><p>It wins again.</p></sec></sec></body>
<back><ref-list><ref><mixed-citation>Someone. 2020.</mixed-citation></ref></ref-list></back>
</article>"""


def test_jats_gives_headings_paragraphs_and_who_wrote_it():
    document = only(JATS, "PMC9.xml")
    assert document.title == "On S4 for ECG"
    assert (document.key, document.doi) == ("doi:10.1000/abc", "10.1000/abc")
    assert document.other_keys == ("pmc:PMC9",)
    assert (document.authors, document.published) == (("Ann Author",), "2026-05")
    lines = document.text.split("\n\n")
    assert lines[:4] == ["On S4 for ECG", "Abstract", "S4 wins by 5 %.", "1 Results"]
    assert lines[5:] == ["Scores.", "Probes", "It wins again.", "References", "Someone. 2020."]


def test_jats_leaves_out_tables_and_expands_no_entity():
    text = only(JATS, "a.xml").text
    assert "0.9" not in text
    assert "boom" not in text


def in_jats(body: bytes) -> str:
    head = (
        b"<article xmlns:mml='http://www.w3.org/1998/Math/MathML'><front><article-meta>"
        b"<title-group><article-title>T</article-title></title-group></article-meta></front><body>"
    )
    return only(head + body + b"</body></article>", "a.xml").text.removeprefix("T\n\n")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            b"<alternatives><tex-math>x^2</tex-math><mml:math><mml:mi>p</mml:mi><mml:mo>=</mml:mo>"
            b"<mml:mn>5</mml:mn></mml:math></alternatives>",
            "p=5",
        ),
        (
            rb"<alternatives><tex-math>\documentclass{minimal}\usepackage{x}\begin{document}$$p&lt;"
            rb"10^{-4}$$\end{document}</tex-math><graphic/></alternatives>",
            "p<10^-4",
        ),
        (
            b"<mml:math><mml:msup><mml:mn>10</mml:mn><mml:mrow><mml:mo>-</mml:mo><mml:mn>4</mml:mn>"
            b"</mml:mrow></mml:msup></mml:math>",
            "10^-4",
        ),
        (b"p = 3 x 10<sup>-4</sup>, the 1<sup>st</sup>", "p = 3 x 10^-4, the 1st"),
        (b"works<xref ref-type='bibr'><sup>12</sup></xref>", "works[12]"),
        (b"of 0.9<sup><xref ref-type='bibr'>3</xref></sup>", "of 0.9[3]"),
        (b"in [<xref ref-type='bibr'>5</xref>]", "in [5]"),
        (
            b"<list><list-item><p>One.</p></list-item><list-item>Two.</list-item></list>",
            "One. Two.",
        ),
    ],
)
def test_numbers_that_stand_raised_or_twice_in_jats_are_read_once_and_apart(body, text):
    assert in_jats(b"<p>" + body + b"</p>") == text


def test_a_caption_in_jats_bears_its_number():
    shown = (
        b"<table-wrap><label>Table 1.</label><caption><title>Scores</title><p>By lead.</p>"
        b"</caption><table><tr><td>0.9</td></tr></table><table-wrap-foot><p>AUC.</p></table-wrap-foot>"
        b"</table-wrap>"
    )
    assert in_jats(shown).split("\n\n") == ["Table 1: Scores By lead.", "AUC."]


def test_groups_and_numbers_of_pubmed_are_read_from_jats():
    group = b"<contrib contrib-type='author'><collab>The Group</collab></contrib></contrib-group>"
    number = b"<article-id pub-id-type='pmid'>39</article-id><article-id pub-id-type='doi'>"
    grown = JATS.replace(b"</contrib-group>", group)
    grown = grown.replace(b'<article-id pub-id-type="doi">', number)
    document = only(grown, "a.xml")
    assert document.authors == ("Ann Author", "The Group")
    assert document.other_keys == ("pmc:PMC9", "europe_pmc:MED:39")


def test_the_parts_of_jats_are_told_apart():
    parts = [(p.title, p.kind) for p in sections(only(JATS, "a.xml").text)]
    assert ("Abstract", "abstract") in parts
    assert ("1 Results", "results") in parts
    assert ("References", "references") in parts


@pytest.mark.parametrize(
    ("data", "why"), [(b"<html/>", "is of 'html'"), (b"<article", "no well-formed XML")]
)
def test_other_xml_is_refused_in_words(data, why):
    with pytest.raises(InputError, match=why):
        read(data, "a.xml")


def test_latex_as_html_shows_a_formula_once_and_no_footnote():
    page = (
        b"<article><h1>T</h1><p>We gain <math alttext='95\\%'><mn>95</mn>"
        b"<annotation>95\\%</annotation></math> of it"
        b"<span class='ltx_note'><sup>1</sup>A footnote.</span>.</p></article>"
    )
    assert only(page, "a.html").text.split("\n\n")[-1] == "We gain 95% of it."


ARXIV_HTML = """<html><head><title>Scaling</title></head><body><nav>1 Introduction</nav>
<div id="watermark-tr">arXiv:2605.12241v2 [cs.LG] 20 May 2026</div><article>
<h1 class="ltx_title">Scaling of<br/>S4<span class="ltx_note">thanks: Funded.</span></h1>
<div class="ltx_abstract"><h6>Abstract</h6><p>CPC reaches <math alttext="0.931\\pm 0.002"><mn>0.931
</mn></math> AUROC.</p></div><section><h2><span class="ltx_tag">2 </span>Results</h2>
<p>The loss follows</p><table class="ltx_equation"><tr><td></td><td><math alttext="L=n^{-\\alpha}">
<mi>L</mi></math></td><td><span class="ltx_tag">(1)</span></td></tr></table><p>with S4.</p>
<figure><figcaption><span class="ltx_tag">Table 1: </span>Scores.</figcaption><table><tr>
<th>Objective</th><th>AUROC</th></tr><tr><td>CPC</td><td>0.931</td></tr></table></figure>
<p>It wins on all tasks.</p></section><section class="ltx_bibliography"><h2>References</h2><ul><li>
<span class="ltx_tag">[1]</span><span>A. Author.</span></li></ul></section></article></body>
</html>"""


def test_a_page_of_arxiv_keeps_title_formulae_and_parts_apart():
    document = only(ARXIV_HTML.encode(), "page.html")
    assert (document.key, document.version) == ("arxiv:2605.12241", 2)
    assert document.title == "Scaling of S4"
    lines = document.text.split("\n\n")
    assert "CPC reaches 0.931 ± 0.002 AUROC." in lines
    assert lines[-1] == "[1] A. Author."
    parts = sections(document.text)
    told = section_at(parts, document.text.index("It wins on all"))
    assert (told.kind, told.title) == ("results", "2 Results")


def test_a_pdf_that_one_reader_cannot_open_is_read_by_the_other(monkeypatch):
    def broken(data):
        raise pdfium.PdfiumError("Failed to load document (PDFium: Data format error).")

    monkeypatch.setattr("verifier.literature._pdf._by_pdfium", broken)
    document = only(pdf(["We train S4.", "It wins."], title="On S4"), "a.pdf")
    assert "We train S4." in document.text
    assert document.title == "On S4"
    assert document.notes == ("read by pypdf, as PDFium could not",)


def test_the_cells_of_a_table_do_not_run_into_one_number():
    page = b"<body><p>Before.</p><table><tr><td>0.91</td><td>0.92</td></tr></table><p>After.</p>"
    assert only(page, "a.html").text == "Before.\n\n0.91 0.92\n\nAfter."


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ([["One page alone.", "We find that S4 wins."]], "page 1 of 1"),
        ([["A first page."], ["We find that S4 wins."], ["The end."]], "page 2 of 3"),
    ],
)
def test_a_quote_from_a_pdf_has_its_page_also_where_there_is_one_alone(pages, words):
    document = only(pdf_of(pages), "a.pdf")
    at = document.text.index("We find")
    assert page_words(document.text, at) == words
    assert page_words(only(b"We find that S4 wins.", "a.txt").text, 0) == ""
    (found,) = [p for p in passages(replace(document, id=1)) if "S4" in p.text]
    assert found.text.endswith("S4 wins."), "the end of a page is no word of the paper"
