import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from tests.verifier.answering import Answerer, answering
from verifier.web import Door, Limits, Refused, Unreachable
from verifier.web._hosts import is_public


@dataclass
class Server:
    """Answers each request with the next of its replies: (status, headers, body)."""

    replies: list[tuple[int, dict[str, str], bytes]]
    asked: list[tuple[str, str]] = field(default_factory=list)  # path, user agent
    url: str = ""
    headers: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    with ExitStack() as running:

        def start(*replies: tuple[int, dict[str, str], bytes], hang_s: float = 0.0) -> Server:
            server = Server(replies=list(replies))

            class Handler(Answerer):
                def do_GET(self) -> None:
                    server.asked.append((self.path, self.headers["User-Agent"]))
                    server.headers.append(dict(self.headers))
                    time.sleep(hang_s)
                    place = min(len(server.asked), len(server.replies)) - 1
                    status, headers, body = server.replies[place]
                    self.give(status, body, headers)

            server.url = running.enter_context(answering(Handler))
            return server

        yield start


@dataclass
class Time:
    now: float = 1_000_000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def open_door(clock: Time) -> Iterator[Callable[..., Door]]:
    doors: list[Door] = []

    def make(**settings: object) -> Door:
        limits = settings.pop("limits", Limits())
        given = {"allowed_hosts": ["127.0.0.1"], "environ": {}, **settings}
        door = Door(limits, sleep=clock.sleep, clock=clock.clock, **given)  # type: ignore[arg-type]
        doors.append(door)
        return door

    yield make
    for door in doors:
        door.close()


OK = (200, {}, b"hello")


def test_an_answer_comes_back_whole_and_we_say_who_we_are(serve, open_door):
    server = serve(OK)
    reply = open_door().get(server.url + "/a")
    assert (reply.status, reply.content) == (200, b"hello")
    assert server.asked[0][0] == "/a"
    assert server.asked[0][1].startswith("Replicheck/")


def test_a_missing_page_is_an_answer_not_an_error(serve, open_door):
    assert open_door().get(serve((404, {}, b"")).url).status == 404


def test_two_requests_to_one_host_keep_their_distance(serve, open_door, clock):
    server, door = serve(OK), open_door()
    door.get(server.url, interval_s=3.0)
    clock.now += 1.0
    door.get(server.url, interval_s=3.0)
    assert clock.slept == [pytest.approx(2.0)]


def test_a_clock_set_back_does_not_make_us_wait_for_ever(serve, open_door, clock):
    server, door = serve(OK), open_door()
    door.get(server.url)
    clock.now -= 1e6
    door.get(server.url)
    assert clock.slept == [Limits().interval_s]


def test_a_busy_host_is_asked_again_after_as_long_as_it_says(serve, open_door, clock):
    server = serve((429, {"Retry-After": "7"}, b""), OK)
    assert open_door().get(server.url).content == b"hello"
    assert clock.slept == [7.0]


def test_retry_after_may_be_a_date(serve, open_door, clock):
    clock.now = 0.0
    server = serve((503, {"Retry-After": "Thu, 01 Jan 1970 00:00:09 GMT"}, b""), OK)
    open_door().get(server.url)
    assert clock.slept == [9.0]


def test_a_host_that_asks_for_too_long_a_wait_is_given_up_at_once(serve, open_door, clock):
    server = serve((429, {"Retry-After": "3600"}, b""))
    with pytest.raises(Unreachable, match="answered 429 and asks to wait 3600 s"):
        open_door().get(server.url)
    assert clock.slept == []


def test_failing_waits_grow_and_end(serve, open_door, clock):
    server = serve((500, {}, b""))
    with pytest.raises(Unreachable, match="answered 500 3 times"):
        open_door(limits=Limits(interval_s=0)).get(server.url)
    assert clock.slept == [1.0, 2.0]


def test_a_silent_host_is_unreachable_and_not_asked_again_within_a_minute(serve, open_door, clock):
    server = serve(OK, hang_s=0.3)
    door = open_door(limits=Limits(read_s=0.05))
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1 could not be reached: no complete answer"):
        door.get(server.url)
    with pytest.raises(Unreachable, match="less than a minute ago"):
        door.get(server.url)
    assert len(server.asked) == 1
    clock.now += 61
    with pytest.raises(Unreachable, match="no complete answer"):
        door.get(server.url)
    assert len(server.asked) == 2


def test_a_name_that_cannot_be_looked_up_is_unreachable(open_door):
    def nowhere(host: str) -> list[str]:
        raise OSError("Name or service not known")

    with pytest.raises(Unreachable, match=r"example\.org .*cannot be looked up"):
        open_door(resolve=nowhere).get("https://example.org/")


def test_nothing_listening_is_unreachable(open_door):
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        open_door().get("http://127.0.0.1:9/")


@pytest.mark.parametrize("url", ["ftp://example.org/a", "file:///etc/passwd", "http:///a", "x"])
def test_only_web_addresses_are_opened(open_door, url):
    with pytest.raises(Refused, match="only http:// and https://"):
        open_door().get(url)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.0.0.1"],
)
def test_a_public_name_that_stands_for_a_private_address_is_refused(
    open_door, address, monkeypatch
):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Refused, match="private or local address"):
        open_door(resolve=lambda host: ["8.8.8.8", address]).get("http://example.org/")


def test_a_redirect_to_a_private_address_is_refused(serve, open_door):
    server = serve((302, {"Location": "http://127.0.0.2/secret"}, b""))
    with pytest.raises(Refused, match=r"127\.0\.0\.2"):
        open_door().get(server.url)


def test_redirects_are_followed_but_not_for_ever(serve, open_door):
    moved = (301, {"Location": "/next"}, b"")
    assert open_door().get(serve(moved, OK).url).content == b"hello"
    with pytest.raises(Refused, match="more than 5 redirects"):
        open_door().get(serve(moved).url)


def test_more_bytes_than_allowed_are_refused(serve, open_door):
    with pytest.raises(Refused, match="larger than the 4 bytes"):
        open_door().get(serve(OK).url, max_bytes=4)


def test_offline_nothing_is_asked(serve, open_door):
    server = serve(OK)
    with pytest.raises(Unreachable, match="VERIFIER_OFFLINE"):
        open_door(environ={"VERIFIER_OFFLINE": "1"}).get(server.url)
    assert server.asked == []


def test_a_name_that_turns_private_between_look_up_and_connection_is_refused(serve):
    server = serve((200, {}, b"secret"))
    port = server.url.rsplit(":", 1)[1]
    door = Door(environ={}, resolve=lambda host: ["93.184.216.34"])
    with pytest.raises(Refused, match="led to a private or local address"):
        door.get(f"http://localhost:{port}/")
    door.close()
    assert server.asked == []


def test_headers_are_not_carried_to_another_host(serve, open_door):
    other = serve((200, {}, b"there"))
    first = serve((302, {"Location": other.url.replace("127.0.0.1", "localhost")}, b""))
    door = open_door(allowed_hosts=["127.0.0.1", "localhost"])
    assert door.get(first.url, headers={"X-Api-Key": "secret"}).content == b"there"
    assert "X-Api-Key" in first.headers[0]
    assert "X-Api-Key" not in other.headers[0]


def test_a_folder_that_cannot_be_written_costs_the_shared_pace_and_says_so_once(
    serve, tmp_path, capsys
):
    server = serve((200, {}, b"here"))
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    slept: list[float] = []
    door = Door(
        Limits(interval_s=5.0),
        allowed_hosts=["127.0.0.1"],
        environ={},
        sleep=slept.append,
        folder=blocked / "kept",
    )
    assert [door.get(server.url, keep_s=60).content for _ in range(3)] == [b"here"] * 3
    assert capsys.readouterr().err.count("only kept by this one") == 1
    assert len(slept) == 2, "its own pace is kept all the same"


def test_a_host_that_drips_is_given_up_when_the_whole_takes_too_long():
    class Drip(Answerer):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            try:
                for _ in range(1000):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.05)
            except OSError:
                pass

    limits = Limits(whole_s=0.3, read_s=30.0)
    door = Door(limits, allowed_hosts=["127.0.0.1"], environ={})
    with answering(Drip) as address:
        started = time.monotonic()
        with pytest.raises(Unreachable, match="no complete answer in time"):
            door.get(f"{address}/")
        assert time.monotonic() - started < 40, "to its end it drips for 50 s"
    door.close()


@pytest.mark.parametrize("said", ["soon", "-5", "²", "1.5", ""])
def test_a_retry_after_that_is_no_number_is_as_none(serve, open_door, clock, said):
    server = serve((429, {"Retry-After": said}, b""), (200, {}, b"fine"))
    assert open_door().get(server.url).content == b"fine"


@pytest.mark.parametrize("to", ["http://[::1", "http://.../", f"http://{'a' * 300}.com/"])
def test_a_redirect_to_what_is_no_address_is_told_not_a_crash(serve, open_door, to):
    server = serve((302, {"Location": to}, b""))
    with pytest.raises((Refused, Unreachable)):
        open_door().get(server.url)


@pytest.mark.parametrize(
    "address",
    ["64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "::7f00:1", "::ffff:10.0.0.1"],
)
def test_a_private_address_inside_an_ipv6_one_is_refused(address):
    with pytest.raises(Refused, match="private or local"):
        Door(environ={}, resolve=lambda _host: [address]).get("http://example.org/")


def test_public_addresses_of_both_kinds_pass():
    assert is_public("2606:4700::1111")
    assert is_public("64:ff9b::808:808"), "a public host behind NAT64"
