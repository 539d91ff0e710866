from verifier.importers import read

PAGE = """<!DOCTYPE html>
<html><head><title>A synthesis &amp; more</title><style>li{color:red}</style>
<body><nav><ul><li>Home</li></ul></nav>
<h2>Claims</h2>
<ol><li><b>CPC leads</b> on&nbsp;PTB-XL <a href="#r3">[3]</a>.
  <ul><li>Verdict: <i>supported</i></li></ul></li>
<li><p>S4 needs 10<sup>2</sup> | less *memory*.</p></li></ol>
<h2>Limitations</h2>
<ul><li>Only arXiv.</li></ul>
<table>
<tr><th>Claim</th><th>Verified</th><th>Confidence</th></tr>
<tr><td>JEPA a|b is new.</td><td>yes</td><td>85%</td></tr>
</table>
<p>Prose below.</p>
<script>var claims = "- none";</script>
"""


def test_lists_and_tables_of_a_saved_page_are_read_and_its_frame_is_not() -> None:
    report = read(PAGE.encode(), name="saved.html")
    assert (report.format, report.title, report.text) == ("html", "A synthesis & more", PAGE)
    assert [(c.statement, c.verified, c.confidence, c.line) for c in report.claims] == [
        ("CPC leads on PTB-XL.", True, None, 5),
        ("S4 needs 10^2 | less *memory*.", None, None, 7),
        ("JEPA a|b is new.", True, 0.85, 12),
    ]


def test_a_page_is_known_by_what_it_begins_with_whatever_its_name() -> None:
    assert read(PAGE.encode(), name="answer.txt").format == "html"
