#!/usr/bin/env python3
"""
fuse: a file system in user space that stops answering.

usage: fuse.py SOURCE MOUNTPOINT WHEN

It shows the regular files of SOURCE, by fuse(4) and nothing else, and prints
"ready" when it is mounted.  Then it stops (SIGSTOP to itself) as WHEN says:
never; start: at once; open: when it has answered the first open(2) of a file.
"taken": it goes on reading requests, and answers none.  Needs root.
"""
import ctypes
import errno
import os
import signal
import stat
import struct
import sys

LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE = 1, 2, 3, 14, 15, 17, 18
FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, INTERRUPT, BATCH_FORGET = 25, 26, 27, 28, 29, 36, 42
MS_NOSUID_NODEV = 2 | 4
NO_ANSWER = (FORGET, BATCH_FORGET, INTERRUPT)


def attributes(node, st):
    """struct fuse_attr"""
    return struct.pack("<QQQQQQIIIIIIIIII", node, st.st_size, 0, 0, 0, 0, 0, 0, 0, st.st_mode, 1,
                       st.st_uid, st.st_gid, 0, 4096, 0)


class Server:
    def __init__(self, source, when):
        self.source, self.when = source, when
        self.nodes = {1: source}
        self.mute = False

    def node(self, name):
        path = os.path.join(self.source, name)
        for n, p in self.nodes.items():
            if p == path:
                return n
        n = len(self.nodes) + 1
        self.nodes[n] = path
        return n

    def answer(self, opcode, node, body):
        if opcode == INIT:
            return struct.pack("<IIIIHHI", 7, 19, 65536, 0, 0, 0, 65536)[:24]
        if opcode == LOOKUP:
            name = body.rstrip(b"\0").decode()
            path = os.path.join(self.source, name)
            st = os.stat(path)
            n = self.node(name)
            return struct.pack("<QQQQII", n, 0, 0, 0, 0, 0) + attributes(n, st)
        if opcode == GETATTR:
            return struct.pack("<QII", 0, 0, 0) + attributes(node, os.stat(self.nodes[node]))
        if opcode in (OPEN, OPENDIR):
            return struct.pack("<QII", 0, 0, 0)
        if opcode == READ:
            offset, size = struct.unpack_from("<QI", body, 8)
            with open(self.nodes[node], "rb") as f:
                return f.read()[offset:offset + size]
        if opcode == STATFS:
            return struct.pack("<QQQQQIIII24x", 0, 0, 0, 0, 0, 4096, 255, 4096, 0)
        if opcode in (FLUSH, RELEASE, RELEASEDIR, READDIR):
            return b""
        raise OSError(errno.ENOSYS, "")

    def run(self, fd):
        while True:
            try:
                request = os.read(fd, 1 << 20)
            except OSError as e:
                if e.errno == errno.ENODEV:     # unmounted
                    return
                if e.errno in (errno.EINTR, errno.ENOENT):
                    continue
                raise
            _, opcode, unique, node = struct.unpack_from("<IIQQ", request)
            if opcode in NO_ANSWER or (self.mute and opcode != INIT):
                continue
            try:
                data, error = self.answer(opcode, node, request[40:]), 0
            except OSError as e:
                data, error = b"", -e.errno
            os.write(fd, struct.pack("<IiQ", 16 + len(data), error, unique) + data)
            if opcode == INIT:
                print("ready", flush=True)
                self.mute = self.when == "taken"
            if (opcode, self.when) in ((INIT, "start"), (OPEN, "open")):
                os.kill(os.getpid(), signal.SIGSTOP)


def main():
    source, mountpoint, when = sys.argv[1:]
    fd = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fd},rootmode={stat.S_IFDIR:o},user_id=0,group_id=0,allow_other"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"alpnd-test", mountpoint.encode(), b"fuse", MS_NOSUID_NODEV,
                  options.encode()) != 0:
        sys.exit("mount: " + os.strerror(ctypes.get_errno()))
    Server(source, when).run(fd)


if __name__ == "__main__":
    main()
