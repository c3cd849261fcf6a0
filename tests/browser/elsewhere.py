"""Somebody else's server on loopback: an HLS stream of colour bars with a tone, a page that notes what it is told."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LENGTH = 20  # seconds
TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".ts": "video/mp2t"}
# A page that is somebody's player: keeps the messages it gets, with where they are from, and greets back once.
PLAYER = """<!doctype html><title>Player</title><p>A player</p><script>
  const told = [];
  addEventListener("message", ({ data, origin }) => {
    told.push({ data, origin });
    if (told.length === 2) parent.postMessage('{"event":"onReady"}', origin);
  });
</script>"""


class Handler(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **TYPES}

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_request(self, *_said: object) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]  # Elsewhere's

    def log_message(self, *_said: object) -> None:
        pass


class Elsewhere(ThreadingHTTPServer):
    """`asked`: the paths that were asked for, in their order."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.folder, self.asked = folder, list[str]()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"


@contextmanager
def elsewhere(folder: Path) -> Iterator[Elsewhere]:
    """It has /player.html; streams come by `film`."""
    folder.mkdir()
    (folder / "player.html").write_text(PLAYER)
    server = Elsewhere(folder)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def film(folder: Path) -> None:
    """Make the stream: /bars.m3u8, 320 × 180, H.264 and AAC in segments of a second."""
    bars, tone = f"smptebars=size=320x180:rate=10:duration={LENGTH}", f"sine=440:sample_rate=48000:duration={LENGTH}"
    made = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    cut = ["-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_playlist_type", "vod"]
    sources = ["-f", "lavfi", "-i", bars, "-f", "lavfi", "-i", tone]
    command = ["ffmpeg", "-v", "error", "-threads", "1", *sources, *made, *cut, str(folder / "bars.m3u8")]
    subprocess.run(command, check=True, timeout=60)
