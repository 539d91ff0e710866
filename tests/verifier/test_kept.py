import os
import threading
import time

from verifier.kept import Kept, Shelf


def answer(at: float = 100.0, content: bytes = b"two\nlines") -> Kept:
    return Kept(url="u", status=200, content=content, headers={"Content-Type": "t"}, at=at)


def test_an_answer_comes_back_as_it_was(tmp_path):
    shelf = Shelf(tmp_path)
    shelf.put("question", answer())
    assert shelf.find("question", since=100.0) == answer()


def test_an_answer_that_is_too_old_is_none(tmp_path):
    shelf = Shelf(tmp_path)
    shelf.put("question", answer())
    assert shelf.find("question", since=100.5) is None


def test_a_torn_answer_is_none(tmp_path):
    shelf = Shelf(tmp_path)
    shelf.put("question", answer())
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    assert shelf.find("question", since=0) is None
    path.write_bytes(b"\x00\xff")
    assert shelf.find("question", since=0) is None


def test_cookies_are_not_kept(tmp_path):
    shelf = Shelf(tmp_path)
    said = Kept(url="u", status=200, content=b"", headers={"Set-Cookie": "secret"}, at=1)
    shelf.put("question", said)
    assert shelf.find("question", since=0).headers == {}


def test_a_folder_that_cannot_be_written_costs_only_the_copy(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    Shelf(blocked / "folder").put("question", answer())
    assert Shelf(blocked / "folder").find("question", since=0) is None


def test_the_oldest_answers_make_room(tmp_path, monkeypatch):
    monkeypatch.setattr("verifier.kept.MOST_ANSWERS", 2)
    shelf = Shelf(tmp_path)
    for age, name in enumerate("abc"):
        known = set(tmp_path.iterdir())
        shelf.put(name, answer())
        for path in set(tmp_path.iterdir()) - known:
            os.utime(path, (age, age))  # a file system's clock may not tell them apart
    assert [shelf.find(name, since=0) is not None for name in "abc"] == [False, True, True]


def test_the_next_in_turn_learns_when_the_last_asked(tmp_path):
    with Shelf(tmp_path).turn("host", lambda: 7.5) as first:
        assert first is None
    with Shelf(tmp_path).turn("host", lambda: 9.0) as second:
        assert second == 7.5
    with Shelf(tmp_path).turn("other", lambda: 9.0) as third:
        assert third is None


def test_two_ask_one_host_one_after_the_other(tmp_path):
    within = []

    def asks(name: str) -> None:
        with Shelf(tmp_path).turn("host", time.monotonic):
            within.append(f"{name} in")
            time.sleep(0.05)
            within.append(f"{name} out")

    threads = [threading.Thread(target=asks, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [w.split()[1] for w in within] == ["in", "out", "in", "out"]
