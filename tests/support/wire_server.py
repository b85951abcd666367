#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A web server that writes down what it is sent: a JSON object a line, in the order of arrival.

wire_server.py LOG: prints its port, serves 127.0.0.1 until it is ended. As a proxy (requests with a whole
URL) it answers for every host. Paths with a meaning of their own are in ANSWERS; all others answer 200."""

import gzip
import http.server
import json
import sys
import threading
import time

LOG = open(sys.argv[1], "a", encoding="utf-8")
LOCK = threading.Lock()


def plain(text):
    return 200, {"Content-Type": "text/plain"}, text.encode()


def data(value, **headers):
    return 200, {"Content-Type": "application/json", **headers}, json.dumps(value).encode()


ANSWERS = {
    "/setup": lambda r: data({"batch": {"id": 4711}}),
    "/login": lambda r: data({"data": {"items": [{"id": "a1"}, {"id": "b2"}]}, "n": 3, "ok": True},
                             **{"X-Token": "T0K EN", "Set-Cookie": "session=s3cret; Path=/"}),
    "/text": lambda r: plain('name="csrf" value="deadbeef" and more'),
    "/found": lambda r: (302, {"Location": "/after-found"}, b""),
    "/keep": lambda r: (307, {"Location": "/after-keep"}, b""),
    "/slow": lambda r: (time.sleep(3), plain("late"))[1],
    "/teapot": lambda r: (418, {}, b"short and stout"),
    "/zipped": lambda r: (200, {"Content-Type": "application/json", "Content-Encoding": "gzip"},
                          gzip.compress(json.dumps({"packed": "yes"}).encode()))
    if "gzip" in r.headers.get("Accept-Encoding", "") else data({"packed": "no"}),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        # http.server cuts what proxies are asked for: the line itself tells
        path, _, query = self.requestline.split(" ")[1].partition("?")
        base = path.startswith("/base/")
        path = path[len("/base"):] if base else path
        line = {"at": time.monotonic(), "method": self.command, "path": path, "query": query, "base": base,
                "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body.decode("latin-1")}
        with LOCK:
            LOG.write(json.dumps(line) + "\n")
            LOG.flush()
        status, headers, answer = ANSWERS.get(path, lambda r: data({"status": "ok"}))(self)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        try:
            if self.command != "HEAD":
                self.wfile.write(answer)
        except BrokenPipeError:
            self.close_connection = True  # whoever asked has not waited

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = serve

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


server = Server(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
