"""Ports for the servers that tests start."""

import random
import socket

# From 32,768 on, a connection of any other test may be given the port meanwhile.
BELOW_THE_SYSTEMS_OWN = range(15_000, 32_000)


def free_port() -> int:
    """A port of this machine that nobody listens on, and that the system will not give away by itself."""
    for port in random.SystemRandom().sample(BELOW_THE_SYSTEMS_OWN, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port")
