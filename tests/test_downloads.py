"""Files that are downloaded: streamed, bounded, whole or not there at all."""

from __future__ import annotations

import errno
import gzip
import io
import os
import stat
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from rc_nb_helpers import (
    ApiError,
    ConfigurationError,
    PlatformUnreachable,
    RingCentralError,
    Session,
    connections,
    downloads,
)

from .conftest import TOKEN_PATH, FakePlatform, Say, holds_secret, log_in

CONTENT = "/restapi/v1.0/account/1/recording/7/content"
SOUND = bytes(range(256)) * 1000


@pytest.fixture
def logged_in(fake_session: Session) -> Session:
    log_in(fake_session)
    return fake_session


def sound(content: bytes = SOUND, *, size: int | None = -1, status: str = "200 OK", more: bytes = b"") -> Say:
    """An answer that is a recording; ``size`` is what its headers say (None: nothing)."""

    def write(output: BinaryIO) -> None:
        length = b"" if size is None else b"Content-Length: %d\r\n" % (len(content) if size < 0 else size)
        output.write(b"HTTP/1.1 %s\r\nContent-Type: audio/mpeg\r\n%s%s\r\n" % (status.encode(), length, more))
        output.write(content)

    return Say(raw=write)


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("size", [-1, None])
def test_a_file_is_saved_as_it_came(logged_in, fake, tmp_path, size):
    fake.script[CONTENT] = sound(size=size)
    file = logged_in.download(CONTENT, tmp_path / "call.mp3")
    assert file == tmp_path / "call.mp3"
    assert file.read_bytes() == SOUND
    assert left_over(tmp_path) == ["call.mp3"]
    assert fake.calls(CONTENT)[0].headers["authorization"].startswith("Bearer ")
    assert fake.calls(CONTENT)[0].headers["accept"] == "*/*"


@pytest.mark.skipif(os.name == "nt", reason="counts a name's length in another way")
def test_a_name_may_be_as_long_as_the_disk_takes(logged_in, fake, tmp_path):
    fake.script[CONTENT] = sound()
    assert logged_in.download(CONTENT, tmp_path / ("\N{BELL}" * 63)).read_bytes() == SOUND


def test_the_whole_address_and_a_text_will_do(logged_in, fake, tmp_path, monkeypatch):
    fake.script[CONTENT] = sound()
    monkeypatch.chdir(tmp_path)
    logged_in.download(fake.server_url + CONTENT, "call.mp3")
    assert (tmp_path / "call.mp3").read_bytes() == SOUND


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_recording_is_for_its_owner_alone(logged_in, fake, tmp_path):
    fake.script[CONTENT] = sound()
    file = logged_in.download(CONTENT, tmp_path / "call.mp3")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


LONG = SOUND + bytes(3_000_000)
RAW_DEFLATE = zlib.compressobj(wbits=-zlib.MAX_WBITS)
PACKED = {
    "gzip": gzip.compress(LONG),
    "x-gzip": gzip.compress(SOUND) + gzip.compress(LONG[len(SOUND) :]),
    "GZIP ": gzip.compress(LONG) + bytes(512),
    "deflate": zlib.compress(LONG),
    "Deflate": RAW_DEFLATE.compress(LONG) + RAW_DEFLATE.flush(),
}


def packed(coding: str, content: bytes) -> Say:
    return sound(content, more=b"Content-Encoding: %s\r\n" % coding.encode())


@pytest.mark.parametrize("coding", PACKED)
def test_what_was_packed_is_unpacked(logged_in, fake, tmp_path, coding):
    fake.script[CONTENT] = packed(coding, PACKED[coding])
    assert logged_in.download(CONTENT, tmp_path / "fax.pdf").read_bytes() == LONG


@pytest.mark.parametrize("coding", ["identity", "utf-8", ""])
def test_what_was_not_packed_is_as_it_came(logged_in, fake, tmp_path, coding):
    fake.script[CONTENT] = packed(coding, SOUND)
    assert logged_in.download(CONTENT, tmp_path / "fax.pdf").read_bytes() == SOUND


@pytest.mark.parametrize("coding", PACKED)
@pytest.mark.parametrize("at", [1, 5, 1000])
def test_packed_file_that_breaks_off_is_no_file(logged_in, fake, tmp_path, coding, at):
    """Its length is what was announced: a proxy has read half of it, and has packed that."""
    fake.script[CONTENT] = packed(coding, PACKED[coding][:at])
    with pytest.raises(PlatformUnreachable, match="broke off or cannot be read"):
        logged_in.download(CONTENT, tmp_path / "fax.pdf")
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br", "gzip, gzip"])
def test_what_is_packed_in_a_way_of_its_own_is_no_file(logged_in, fake, tmp_path, coding):
    fake.script[CONTENT] = packed(coding, SOUND)
    with pytest.raises(ApiError, match=f"packed .{coding}. in a way that is not read here"):
        logged_in.download(CONTENT, tmp_path / "fax.pdf")
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_packed_answer_that_breaks_off_is_no_answer(logged_in, fake, coding):
    content = gzip.compress(b"a,b\n" * 1000) if coding == "gzip" else zlib.compress(b"a,b\n" * 1000)
    header = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n"
    for end in (len(content), len(content) - 9):
        fake.script[CONTENT] = Say(raw=lambda out, end=end: out.write(header % (coding.encode(), end) + content[:end]))
        if end == len(content):
            assert logged_in.call("GET", CONTENT).data == "a,b\n" * 1000
            continue
        with pytest.raises(PlatformUnreachable, match="broke off or cannot be read"):
            logged_in.call("GET", CONTENT)


def test_what_stood_there_is_replaced_by_the_whole_only(logged_in, fake, tmp_path):
    file = tmp_path / "call.mp3"
    file.write_text("the former")
    fake.script[CONTENT] = sound(SOUND[:1000], size=5000)
    with pytest.raises(PlatformUnreachable):
        logged_in.download(CONTENT, file)
    assert file.read_text() == "the former"
    assert left_over(tmp_path) == ["call.mp3"]
    fake.script[CONTENT] = sound()
    logged_in.download(CONTENT, file)
    assert file.read_bytes() == SOUND


FAILURES: list[tuple[Callable[[], Say], type[RingCentralError]]] = [
    (lambda: sound(SOUND[:1000], size=5000), PlatformUnreachable),
    (lambda: Say({"errorCode": "CMN-102", "message": "not found"}, status=404), ApiError),
    (lambda: Say("moved", status=302, headers={"Location": "http://elsewhere.example/"}), ApiError),
    (lambda: Say("<html><title>Sign in</title></html>", kind="text/html"), ApiError),
    (lambda: Say(raw=lambda output: output.write(b"HTTP/1.1 200 OK\r\nContent-Type: audio/mp")), PlatformUnreachable),
]


@pytest.mark.parametrize(("say", "kind"), FAILURES)
def test_a_failure_leaves_nothing_behind(logged_in, fake, tmp_path, say, kind):
    fake.script[CONTENT] = say()
    with pytest.raises(kind) as caught:
        logged_in.download(CONTENT, tmp_path / "call.mp3")
    assert left_over(tmp_path) == []
    assert holds_secret(str(caught.value)) == []


def test_an_interrupt_leaves_nothing_behind(logged_in, fake, tmp_path, monkeypatch):
    fake.script[CONTENT] = sound()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(downloads.PartialFile, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        logged_in.download(CONTENT, tmp_path / "call.mp3")
    assert left_over(tmp_path) == []


def test_an_expired_token_is_renewed_once(logged_in, fake, tmp_path):
    answers = iter([Say({"errorCode": "TokenExpired"}, status=401), sound()])
    fake.script[CONTENT] = lambda _: next(answers)
    assert logged_in.download(CONTENT, tmp_path / "call.mp3").read_bytes() == SOUND
    assert len(fake.calls(TOKEN_PATH)) == 2


@pytest.mark.parametrize(
    "uri",
    ["https://elsewhere.example/file", "http://127.0.0.1:1/file", "https://a.example\\@b/"],
)
def test_the_token_goes_to_no_other_server(logged_in, fake, tmp_path, uri):
    before = len(fake.seen)
    with pytest.raises(RingCentralError):
        logged_in.download(uri, tmp_path / "x")
    assert left_over(tmp_path) == []
    assert all(seen.path != "/file" for seen in fake.seen[before:])


@pytest.mark.parametrize("file", [None, 5, b"call.mp3", "", ["x"], io.BytesIO()], ids=lambda file: type(file).__name__)
def test_what_is_no_name_of_a_file_is_told_before_anything_is_asked(logged_in, fake, file):
    before = len(fake.seen)
    with pytest.raises(RingCentralError, match="no name of a file"):
        logged_in.download(CONTENT, file)
    assert len(fake.seen) == before


def test_nobody_is_logged_in(fake_session, tmp_path):
    with pytest.raises(RingCentralError, match="logged in"):
        fake_session.download(CONTENT, tmp_path / "x")
    assert left_over(tmp_path) == []


# --- limits


def test_a_large_file_needs_little_memory(logged_in, fake, tmp_path):
    piece = b"x" * 2**20

    def write(output: BinaryIO) -> None:
        output.write(b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: %d\r\n\r\n" % (40 * 2**20))
        for _ in range(40):  # more than any other answer may have
            output.write(piece)

    fake.script[CONTENT] = Say(raw=write)
    tracemalloc.start()
    file = logged_in.download(CONTENT, tmp_path / "call.mp3")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert file.stat().st_size == 40 * 2**20
    assert most < 12 * 2**20


@pytest.mark.parametrize("size", [-1, None])
def test_a_file_without_end_is_not_kept(logged_in, fake, tmp_path, monkeypatch, size):
    monkeypatch.setattr(downloads, "MOST_BYTES", 1000)
    fake.script[CONTENT] = sound(size=size)
    with pytest.raises(RingCentralError, match="would be larger"):
        logged_in.download(CONTENT, tmp_path / "call.mp3")
    assert left_over(tmp_path) == []


def test_a_file_may_take_longer_than_an_answer(logged_in, fake, tmp_path, monkeypatch):
    monkeypatch.setattr(connections, "TOTAL_SECONDS", 0.3)

    def write(output: BinaryIO) -> None:
        output.write(b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 6\r\n\r\n")
        for _ in range(6):
            time.sleep(0.1)
            output.write(b"x")
            output.flush()

    fake.script[CONTENT] = Say(raw=write)
    assert logged_in.download(CONTENT, tmp_path / "call.mp3").read_bytes() == b"xxxxxx"
    monkeypatch.setattr(connections, "DOWNLOAD_SECONDS", 0.3)
    with pytest.raises(PlatformUnreachable, match="in time"):
        logged_in.download(CONTENT, tmp_path / "other.mp3")
    assert left_over(tmp_path) == ["call.mp3"]


def test_other_calls_go_on_beside_it(logged_in, fake, tmp_path):
    begun, gate = threading.Event(), threading.Event()

    def write(output: BinaryIO) -> None:
        output.write(b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 1\r\n\r\n")
        output.flush()
        begun.set()
        gate.wait(10)
        output.write(b"x")

    fake.script[CONTENT] = Say(raw=write)
    thread = threading.Thread(target=logged_in.download, args=(CONTENT, tmp_path / "call.mp3"))
    thread.start()
    assert begun.wait(10)
    for _ in range(connections.MOST_KEPT + 2):
        logged_in.get("/restapi/v1.0/account/~")
    gate.set()
    thread.join(10)
    assert (tmp_path / "call.mp3").read_bytes() == b"x"


# --- where it is saved


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_as_that(logged_in, fake, tmp_path, monkeypatch):
    fake.script[CONTENT] = sound()
    create = downloads.tempfile.mkstemp

    class Full:
        def write(self, _: bytes) -> None:
            full_disk()

        def __getattr__(self, name: str) -> Any:
            return lambda *_: None

    def make(**options: Any) -> tuple[int, str]:
        handle, name = create(**options)
        os.close(handle)
        return -1, name

    monkeypatch.setattr(downloads.tempfile, "mkstemp", make)
    monkeypatch.setattr(downloads.os, "fdopen", lambda *_: Full())
    with pytest.raises(RingCentralError, match="No space left"):
        logged_in.download(CONTENT, tmp_path / "call.mp3")
    assert left_over(tmp_path) == []


def test_a_folder_that_is_not_there_is_told(logged_in, fake, tmp_path):
    fake.script[CONTENT] = sound()
    with pytest.raises(RingCentralError, match="cannot be written"):
        logged_in.download(CONTENT, tmp_path / "none" / "call.mp3")
    with pytest.raises(RingCentralError, match="is a folder"):
        logged_in.download(CONTENT, tmp_path)
    assert fake.calls(CONTENT) == []


def test_a_bar_shows_how_far_it_is(logged_in, fake, tmp_path, capsys):
    fake.script[CONTENT] = sound()
    logged_in.download(CONTENT, tmp_path / "call.mp3", progress=True)
    assert "call.mp3: 100%" in capsys.readouterr().err


def test_without_tqdm_a_bar_is_a_lesson(logged_in, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tqdm", None)
    with pytest.raises(ConfigurationError, match="pip install tqdm"):
        logged_in.download(CONTENT, tmp_path / "call.mp3", progress=True)
    assert left_over(tmp_path) == []


def test_the_record_holds_the_size_and_not_the_file(logged_in: Session, fake: FakePlatform, tmp_path: Path):
    fake.script[CONTENT] = sound(b"the words of a private call" * 10)
    logged_in.download(CONTENT, tmp_path / "call.mp3")
    noted = logged_in.exchanges[-1]
    assert noted.status == 200
    assert "270 bytes" in noted.answer
    assert "private" not in logged_in.exchanges.text()


@pytest.mark.parametrize("status", ["202 Accepted", "204 No Content", "206 Partial Content"])
def test_what_is_not_the_whole_file_does_not_get_its_name(logged_in, fake, tmp_path, status):
    fake.script[CONTENT] = sound(b"" if status.startswith("204") else SOUND[:4], status=status)
    with pytest.raises(RingCentralError, match=f"not sent the file, or not the whole.*status {status[:3]}"):
        logged_in.download(CONTENT, tmp_path / "call.mp3")
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("uri", [None, ""])
def test_a_call_without_a_recording_is_no_recording(logged_in, tmp_path, uri):
    with pytest.raises(RingCentralError, match="no address to download from"):
        logged_in.download(uri, tmp_path / "call.mp3")
    assert left_over(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rules for names")
@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_file_can_have_is_told(logged_in, fake, tmp_path, name):
    fake.script[CONTENT] = sound()
    with pytest.raises(RingCentralError, match="cannot be written"):
        logged_in.download(CONTENT, tmp_path / name)
    assert left_over(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_what_is_no_file_is_not_replaced(logged_in, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RingCentralError, match="is a device"):
        logged_in.download(CONTENT, tmp_path / "pipe")
    assert left_over(tmp_path) == ["pipe"]
