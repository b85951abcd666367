#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a command in a pseudo-terminal and stops reading from it for a while.

usage: stall.py OUTPUT RUNNING SECONDS_STALLED SECONDS_AFTER ACTION COMMAND...

It reads until the file RUNNING has something in it, which says that the command is well under way.
ACTION: quit (send q and y), hangup (close the terminal), term (send SIGTERM). What the terminal received goes to OUTPUT.
The exit status is the command's (128 + signal when one ended it).
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time


def running(path):
    try:
        return os.path.getsize(path) > 0
    except OSError:
        return False


def read_for(fd, seconds, out, until=lambda: False):
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        if left <= 0 or until():
            return True
        if not select.select([fd], [], [], min(left, 0.1))[0]:
            continue
        try:
            data = os.read(fd, 65536)
        except OSError:
            return False
        if not data:
            return False
        out.write(data)


def main():
    output, under_way, stalled, after, action = sys.argv[1:6]
    command = sys.argv[6:]
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        time.sleep(0.2)  # the size is set first
        os.execvp(command[0], command)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    with open(output, "wb") as out:
        alive = read_for(fd, 120, out, lambda: running(under_way))
        time.sleep(float(stalled))
        alive = alive and read_for(fd, float(after), out)
        if action == "hangup":
            os.close(fd)
        elif action == "term":
            os.kill(pid, signal.SIGTERM)
        elif alive:
            os.write(fd, b"q")
            read_for(fd, 1, out)
            os.write(fd, b"y")
        if action != "hangup":
            read_for(fd, 300, out)
    _, status = os.waitpid(pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


main()
