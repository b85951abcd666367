# SPDX-License-Identifier: MIT
"""A proxy with moods, to stand between throng's panels and the real Docker or PostgreSQL.

usage: moody_proxy.py MOOD-FILE LISTEN UPSTREAM [LISTEN UPSTREAM]...

LISTEN and UPSTREAM are unix:PATH or tcp:PORT (of 127.0.0.1). The file's word is the mood; when it changes
all connections are closed. pass: hands everything on. garbage: answers whatever comes with noise. slow:
hands on, but answers a byte every half second. never: takes everything and says nothing. close: closes at
once."""

import asyncio
import os
import random
import sys

mood_file = sys.argv[1]
mood = "pass"
writers = set()
noise = random.Random(1).randbytes(65536)


def current():
    with open(mood_file) as file:
        return file.read().strip() or "pass"


async def watch():
    global mood
    while True:
        wanted = current()
        if wanted != mood:
            mood = wanted
            for writer in list(writers):
                writer.close()
            print(mood, flush=True)
        await asyncio.sleep(0.05)


async def pump(reader, writer, slowly):
    try:
        while data := await reader.read(65536):
            if not slowly:
                writer.write(data)
                await writer.drain()
                continue
            for byte in data:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.5)
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        try:
            if writer.can_write_eof():
                writer.write_eof()
        except OSError:
            pass


def connect(address):
    kind, _, where = address.partition(":")
    return asyncio.open_unix_connection(where) if kind == "unix" else asyncio.open_connection("127.0.0.1", int(where))


async def serve(reader, writer, upstream):
    now = mood
    writers.add(writer)
    others = None
    try:
        if now == "never":
            while await reader.read(65536):
                pass
        elif now == "garbage":
            while await reader.read(65536):
                writer.write(noise)
                await writer.drain()
        elif now in ("pass", "slow"):
            others = await connect(upstream)
            writers.add(others[1])
            await asyncio.gather(pump(reader, others[1], False), pump(others[0], writer, now == "slow"))
    except OSError:
        pass
    finally:
        for end in (writer, others[1] if others else None):
            if end is not None:
                writers.discard(end)
                end.close()


async def main():
    pairs = list(zip(sys.argv[2::2], sys.argv[3::2]))
    for listen, upstream in pairs:
        kind, _, where = listen.partition(":")

        async def accept(reader, writer, upstream=upstream):
            await serve(reader, writer, upstream)

        if kind == "unix":
            if os.path.exists(where):
                os.unlink(where)
            await asyncio.start_unix_server(accept, where)
        else:
            await asyncio.start_server(accept, "127.0.0.1", int(where))
    print("listening", flush=True)
    await watch()


asyncio.run(main())
