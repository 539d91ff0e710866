"""Downloads, against a server of our own on this machine: never against the internet."""

import hashlib
import http.server
import json
import re
import shutil
import threading
from collections import Counter, namedtuple

import pytest

from models.__main__ import main
from models.download import checksums, fetch
from models.download.fetch import DownloadError
from models.download.folder import Conditions, download
from models.download.sources import Source, UnknownSourceError, source, sources

FILES = {
    "ptbxl_database.csv": b"ecg_id\n1\n",
    "records100/00000/00001_lr.hea": b"header",
    "records100/00000/00001_lr.dat": bytes(range(256)) * 4000,  # about 1 MB
    "records500/00000/00001_hr.dat": b"not wanted",
}
LARGE = "records100/00000/00001_lr.dat"


class Server(http.server.ThreadingHTTPServer):
    """Serves FILES with Range support; each fault is for one path, and may pass."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = dict(FILES)
        self.sums = {path: hashlib.sha256(content).hexdigest() for path, content in FILES.items()}
        self.has_range = True
        self.drop_after: dict[str, list[int]] = {}  # bytes after which each answer breaks off
        self.answers: dict[str, list[int]] = {}  # status of the next answers
        self.asked: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/files/set/1.0/"

    def content(self, path):
        if path == checksums.NAME:
            return "".join(f"{each} {name}\n" for name, each in self.sums.items()).encode()
        return self.files.get(path)

    def times_asked(self, path):
        return Counter(name for name, _ in self.asked)[path]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def do_GET(self):
        server, path = self.server, self.path.removeprefix("/files/set/1.0/")
        server.asked.append((path, self.headers["Range"]))
        content = server.content(path)
        if statuses := server.answers.get(path):
            return self.answer(statuses.pop(0), b"")
        if content is None:
            return self.answer(404, b"")
        start = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        if start is None or not server.has_range:
            return self.answer(200, content, path=path)
        first = int(start[1])
        if first >= len(content):
            return self.answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        found = {"Content-Range": f"bytes {first}-{len(content) - 1}/{len(content)}"}
        return self.answer(206, content[first:], found, path=path)

    def answer(self, status, content, headers=None, *, path=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        drops = self.server.drop_after.get(path, [])
        if drops:
            self.wfile.write(content[: drops.pop(0)])
            self.close_connection = True
            self.connection.shutdown(2)
        else:
            self.wfile.write(content)


@pytest.fixture
def server():
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def wanted(server):
    return Source(
        name="set",
        title="A set",
        url=server.url,
        only=("ptbxl_database.csv", "records100/"),
        about_mb=0,
        licence="none",
        read_as="ptb_xl:DIR",
    )


@pytest.fixture
def conditions():
    pauses, lines = [], []
    made = Conditions(n_connections=2, sleep=pauses.append, say=lines.append, read_s=5.0)
    return made, pauses, lines


def test_what_is_wanted_is_fetched_and_nothing_else(server, wanted, conditions, tmp_path):
    progress = download(wanted, tmp_path, conditions[0])
    assert (progress.n_files, progress.n_fetched, progress.n_present) == (3, 3, 0)
    assert not progress.refused
    for path, content in FILES.items():
        if path.startswith("records500"):
            assert not (tmp_path / path).exists()
        else:
            assert (tmp_path / path).read_bytes() == content
    assert progress.n_bytes == sum(len(FILES[path]) for path in FILES if "500" not in path)
    assert conditions[2][-1].startswith("3 of 3 files, 1.0 MB fetched")
    assert not list(tmp_path.rglob("*.part"))


def test_what_is_there_is_not_fetched_again_unless_it_differs(server, wanted, conditions, tmp_path):
    download(wanted, tmp_path, conditions[0])
    (tmp_path / "ptbxl_database.csv").write_text("changed")
    server.asked.clear()
    progress = download(wanted, tmp_path, conditions[0])
    assert (progress.n_present, progress.n_fetched) == (2, 1)
    assert server.asked == [(checksums.NAME, None), ("ptbxl_database.csv", None)]
    assert (tmp_path / "ptbxl_database.csv").read_bytes() == FILES["ptbxl_database.csv"]


def test_a_dropped_connection_is_taken_up_where_it_broke_off(server, wanted, conditions, tmp_path):
    server.drop_after[LARGE] = [300_000, 200_000]
    progress = download(wanted, tmp_path, conditions[0])
    assert not progress.refused
    assert (tmp_path / LARGE).read_bytes() == FILES[LARGE]
    starts = [int((given or "bytes=0-")[6:-1]) for path, given in server.asked if path == LARGE]
    assert starts[0] == 0
    assert 0 < starts[1] <= 300_000
    assert starts[1] < starts[2] <= 500_000
    assert conditions[1] == [1.0, 1.0]  # each attempt came further, so none was in vain


def test_a_line_that_breaks_often_still_gets_there(server, wanted, conditions, tmp_path):
    server.drop_after[LARGE] = [60_000] * 15
    assert not download(wanted, tmp_path, conditions[0]).refused
    assert server.times_asked(LARGE) == 16
    assert (tmp_path / LARGE).read_bytes() == FILES[LARGE]


def test_a_download_that_was_killed_goes_on_from_its_part(server, wanted, conditions, tmp_path):
    part = tmp_path / f"{LARGE}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(FILES[LARGE][:700_000])
    progress = download(wanted, tmp_path, conditions[0])
    assert (LARGE, "bytes=700000-") in server.asked
    assert (tmp_path / LARGE).read_bytes() == FILES[LARGE]
    assert progress.n_bytes < 400_000


@pytest.mark.parametrize("kept", [len(FILES[LARGE]), len(FILES[LARGE]) + 7])
def test_a_part_as_long_as_the_file_or_longer_is_settled(
    server, wanted, conditions, tmp_path, kept
):
    part = tmp_path / f"{LARGE}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes((FILES[LARGE] + b"surplus")[:kept])
    assert not download(wanted, tmp_path, conditions[0]).refused
    assert (tmp_path / LARGE).read_bytes() == FILES[LARGE]


def test_a_server_without_ranges_sends_all_again(server, wanted, conditions, tmp_path):
    server.has_range = False
    server.drop_after[LARGE] = [300_000]
    assert not download(wanted, tmp_path, conditions[0]).refused
    assert (tmp_path / LARGE).read_bytes() == FILES[LARGE]


def test_a_damaged_part_is_noticed_by_the_checksum_and_begun_anew(
    server, wanted, conditions, tmp_path
):
    part = tmp_path / f"{LARGE}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"?" * 1000)
    assert not download(wanted, tmp_path, conditions[0]).refused
    assert (tmp_path / LARGE).read_bytes() == FILES[LARGE]


def test_a_wrong_checksum_is_named_and_the_file_not_kept(server, wanted, conditions, tmp_path):
    server.sums[LARGE] = "0" * 64
    progress = download(wanted, tmp_path, conditions[0])
    assert list(progress.refused) == [LARGE]
    assert "stated is 0000000000000000" in progress.refused[LARGE]
    assert progress.n_fetched == 2
    assert not (tmp_path / LARGE).exists()


def test_a_missing_file_is_named_at_once_and_the_others_come(server, wanted, conditions, tmp_path):
    del server.files[LARGE]
    progress = download(wanted, tmp_path, conditions[0])
    assert progress.refused[LARGE].endswith(f"{LARGE} is answered with 404 Not Found")
    assert progress.n_fetched == 2
    assert server.times_asked(LARGE) == 1


def test_a_busy_server_is_asked_again_with_growing_pauses(server, wanted, conditions, tmp_path):
    server.answers[LARGE] = [503, 429, 500]
    assert not download(wanted, tmp_path, conditions[0]).refused
    assert conditions[1] == [1.0, 2.0, 4.0]
    server.answers["ptbxl_database.csv"] = [503] * 9
    (tmp_path / "ptbxl_database.csv").unlink()
    refused = download(wanted, tmp_path, conditions[0]).refused
    assert "503 Service Unavailable (5 attempts)" in refused["ptbxl_database.csv"]


def test_too_little_room_for_the_whole_is_said_first(
    server, wanted, conditions, tmp_path, monkeypatch
):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(2e9, 1e9, 1e9))
    large = Source(**{**vars(wanted), "about_mb": 3200})
    with pytest.raises(DownloadError, match="1,000 MB free, and 3,200 MB are still to come"):
        download(large, tmp_path, conditions[0])
    assert server.asked == [(checksums.NAME, None)]


def test_too_little_room_for_a_file_is_known_from_its_length(
    server, wanted, conditions, tmp_path, monkeypatch
):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(2e6, 1e6, 1e6))
    with pytest.raises(DownloadError, match="1 MB free, and 1 MB are still to come"):
        download(wanted, tmp_path, conditions[0])
    assert not (tmp_path / LARGE).exists()


def test_no_server_ends_it_all_with_one_sentence(wanted, conditions, tmp_path, server):
    nobody = wanted.at("http://127.0.0.1:9/set/")
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:9.*cannot be reached.*5 attempts"):
        download(nobody, tmp_path, conditions[0])


@pytest.mark.parametrize("url", ["file:///etc", "ftp://physionet.org/", "physionet.org/files", ""])
def test_only_http_addresses_are_asked(wanted, conditions, tmp_path, url):
    with pytest.raises(DownloadError, match="no http or https address"):
        download(wanted.at(url), tmp_path, conditions[0])


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../b", "a\\..\\b"])
def test_a_list_that_leads_out_of_the_folder_is_refused(server, wanted, conditions, tmp_path, path):
    server.sums = {path: "0" * 64}
    with pytest.raises(DownloadError, match=r"line 1.*leads out of the folder"):
        download(wanted, tmp_path / "in", conditions[0])


def test_a_list_with_none_of_the_wanted_files_is_refused(server, wanted, conditions, tmp_path):
    server.sums = {"other.csv": "0" * 64}
    with pytest.raises(DownloadError, match="names 1 files, and none of ptbxl_database"):
        download(wanted, tmp_path, conditions[0])


def test_lists_are_read_with_one_space_or_two():
    sums = "a" * 64
    text = f"{sums} one.dat\n{sums}  two files.dat\n{sums} *three.dat\n\n"
    assert list(checksums.parse(text)) == ["one.dat", "two files.dat", "three.dat"]
    with pytest.raises(checksums.ChecksumListError, match="line 2: no checksum"):
        checksums.parse(f"{sums} one.dat\n<html>")


def test_every_source_is_on_physionet_and_says_how_it_is_read():
    for each in sources().values():
        assert each.url.startswith("https://physionet.org/files/")
        assert each.read_as.partition(":")[0] in ("ptb_xl", "cinc")
        assert each.about_mb > 0
        fetch.check_url(each.url)
    with pytest.raises(UnknownSourceError, match="Did you mean 'georgia'"):
        source("georiga")


def test_the_command_fetches_from_a_mirror_and_says_how_to_read_it(server, tmp_path, capsys):
    arguments = ["data", "download", "ptb_xl", str(tmp_path), "--base-url", server.url, "--json"]
    assert main(arguments) == 0
    said = capsys.readouterr()
    facts = json.loads(said.out)
    assert facts["reference"] == f"ptb_xl:{tmp_path}"
    assert facts["n_fetched"] == 3
    assert "3 of 3 files" in said.err
    del server.files[LARGE]
    (tmp_path / LARGE).unlink()
    assert main(arguments) == 1
    assert list(json.loads(capsys.readouterr().out)["refused"]) == [LARGE]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["ptbxl"], 2, "Did you mean 'ptb_xl'"),
        (["ptb_xl", "--base-url", "ftp://x/"], 1, "no http or https address"),
    ],
)
def test_a_download_that_cannot_be_is_said_in_a_line(tmp_path, capsys, arguments, status, message):
    name, *others = arguments
    assert main(["data", "download", name, str(tmp_path), *others]) == status
    assert message in capsys.readouterr().err
