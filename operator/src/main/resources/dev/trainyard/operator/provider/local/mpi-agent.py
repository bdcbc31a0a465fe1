"""Brings the daemons of an MPI library to the nodes of a run, in the place of ssh.

    launch HOST COMMAND...   what mpirun or mpiexec calls on the first node, once for each other
                             node: waits until that node asks for its command, and for the command
                             to end; options of ssh before the host are left out
    wait                     what the other nodes do: ask the first node for a command, execute it

Commands are fetched from the first node by its name; no node takes any from who connects to it.
"""

import itertools
import os
import socket
import subprocess
import sys
import time

PORT = 2222
NODES = os.environ["TRAINYARD_NODE_LIST"].split(",")


def addresses(name):
    try:
        return {found[4][0] for found in socket.getaddrinfo(name, None, socket.AF_INET)}
    except OSError:
        return set()


def launch(host, words):
    # mpirun shortens the names of hosts to their first part.
    node = [name.split(".")[0] for name in NODES].index(host.split(".")[0])
    # Hydra tells its daemons the bare name of this host, which no other node can resolve.
    here = socket.gethostname()
    command = " ".join(NODES[0] if word == here else word for word in words)
    if node == 0:
        # Nor does it take the name that the others resolve for its own.
        return subprocess.call(["/bin/sh", "-c", command])
    with socket.create_server(("", PORT + node)) as server:
        while True:
            connection, peer = server.accept()
            if peer[0] in addresses(NODES[node]):
                break
            connection.close()
    with connection:
        connection.sendall(command.encode())
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile().read()
    return int(answer) if answer else 255


def fetch(node):
    while True:
        try:
            connection = socket.create_connection((NODES[0], PORT + node), timeout=5)
        except OSError:
            time.sleep(0.3)
            continue
        connection.settimeout(None)
        command = connection.makefile().read()
        if command:
            return connection, command
        connection.close()
        time.sleep(0.3)


def wait():
    connection, command = fetch(int(os.environ["TRAINYARD_NODE_RANK"]))
    code = subprocess.call(["/bin/sh", "-c", command])
    try:
        connection.sendall(str(code).encode())
        connection.close()
    except OSError:
        # mpirun is over already.
        pass
    # How the program ended is what mpirun says on the first node; a daemon that was killed is not.
    return 0 if 0 <= code < 128 else 255


if sys.argv[1] == "launch":
    words = list(itertools.dropwhile(lambda word: word.startswith("-"), sys.argv[2:]))
    sys.exit(launch(words[0], words[1:]))
sys.exit(wait())
