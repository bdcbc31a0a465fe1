"""Brings the daemons of Open MPI to the nodes of a run, in the place of ssh.

    launch HOST COMMAND...   what mpirun calls on the first node, once for each other node: waits
                             until that node asks for its command, and for the command to end
    wait                     what the other nodes do: ask the first node for a command, execute it

Commands are fetched from the first node by its name; no node takes any from who connects to it.
"""

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


def launch(host, command):
    # mpirun shortens the names of hosts to their first part.
    node = [name.split(".")[0] for name in NODES].index(host.split(".")[0])
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
    sys.exit(launch(sys.argv[2], " ".join(sys.argv[3:])))
sys.exit(wait())
