"""A server on this machine that gives files as servers do on bad days."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[["Request", bytes], None]


class Request(BaseHTTPRequestHandler):
    """One request. What is done with it is decided by the server's table."""

    server: FlakyServer

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        self.server.asked.append((name, self.headers["Range"]))
        content, answers = self.server.files.get(name, (b"", [missing]))
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        answer(self, content)

    def head(self, status: int = 200, **headers: object) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), str(value))
        self.end_headers()

    @property
    def start(self) -> int:
        """The byte that is asked for first."""
        return int((self.headers["Range"] or "bytes=0-").removeprefix("bytes=").removesuffix("-"))

    def log_message(self, *args: object) -> None:
        pass


class FlakyServer(ThreadingHTTPServer):
    """Attributes: files, for each name the content and how the requests are answered; asked, names and ranges."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.files: dict[str, tuple[bytes, list[Answer]]] = {}
        self.over = threading.Event()
        self.asked: list[tuple[str, str | None]] = []

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"

    def handle_error(self, *args: object) -> None:
        """The other side may hang up."""


@contextmanager
def serving() -> Iterator[FlakyServer]:
    server = FlakyServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def well(request: Request, content: bytes) -> None:
    """As it should be: the whole, or the part that is asked for."""
    rest = content[request.start :]
    if not rest:
        request.head(416, Content_Range=f"bytes */{len(content)}")
    elif request.start:
        span = f"bytes {request.start}-{len(content) - 1}/{len(content)}"
        request.head(206, Content_Length=len(rest), Content_Range=span)
        request.wfile.write(rest)
    else:
        whole(request, content)


def whole(request: Request, content: bytes) -> None:
    """The whole, whatever part is asked for."""
    request.head(Content_Length=len(content))
    request.wfile.write(content)


def unnamed_length(request: Request, content: bytes) -> None:
    request.head()
    request.wfile.write(content)


def truncated(request: Request, content: bytes) -> None:
    """Half of it, and the connection ends."""
    request.head(Content_Length=len(content))
    request.wfile.write(content[: len(content) // 2])


def stalled(request: Request, content: bytes) -> None:
    """Half of it, and then nothing."""
    truncated(request, content)
    request.wfile.flush()
    request.server.over.wait(60)


def silent(request: Request, content: bytes) -> None:
    request.server.over.wait(60)


def too_short_a_length(request: Request, content: bytes) -> None:
    request.head(Content_Length=len(content) // 2)
    request.wfile.write(content)


def too_long_a_length(request: Request, content: bytes) -> None:
    request.head(Content_Length=len(content) + 5)
    request.wfile.write(content)


def nonsense_length(request: Request, content: bytes) -> None:
    request.head(Content_Length="many")
    request.wfile.write(content)


def another(request: Request, content: bytes) -> None:
    """A file of the same length."""
    whole(request, content[::-1])


def another_part(request: Request, content: bytes) -> None:
    request.head(206, Content_Length=3, Content_Range=f"bytes 0-2/{len(content)}")
    request.wfile.write(content[:3])


def endless(request: Request, content: bytes) -> None:
    request.head()
    while True:
        request.wfile.write(content)


def page(request: Request, content: bytes) -> None:
    """A page that says something, as if it were the file."""
    whole(request, b"<html>Please log in</html>")


def missing(request: Request, content: bytes) -> None:
    request.head(404)


def broken(request: Request, content: bytes) -> None:
    request.head(500)


def rubbish(request: Request, content: bytes) -> None:
    """No HTTP at all."""
    request.wfile.write(b"\0\1\2\3")
