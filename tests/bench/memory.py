"""memory: of a server at rest, and in the middle of a handshake."""
import os
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../lib")

from oneshot import begin_handshake, end_handshake


class Memory:
    """In kB: RSS and PSS of all its processes at rest, PSS with one connection
    in the middle of its handshake; the peak of the largest process."""

    def __init__(self, rss, rest, one, peak):
        self.rss, self.rest, self.one, self.peak = rss, rest, one, peak


def measure(server, name):
    account, own = server.account, server.own()
    rss, rest, _ = account.memory(own)
    with socket.create_connection(("127.0.0.1", server.port), 20) as c:
        half = begin_handshake(c, name)
        _, one, peak = account.memory(own)
        end_handshake(*half)
    account.settle(server.at_rest)
    return Memory(rss, rest, one, max(peak, server.peak()))
