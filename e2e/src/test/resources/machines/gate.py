"""Stands on a machine before its Docker engine and before its user's shell.

Whoever is connected to PORT is told of each request that may change something, and of each
command, before it is done and after:

    ID <TAB> METHOD <TAB> TARGET     answered with ID <TAB> pass, drop or tell
    ID <TAB> done                    after what was to be told; answered with ID <TAB> drop

What is dropped is not done, and of what is told the caller never hears. Everything passes while
nobody is connected.
"""

import contextlib
import json
import os
import queue
import shutil
import socket
import sys
import threading

PORT = 7070
ENGINE = "/run/engine.sock"
DOCKER = "/run/docker.sock"
SHELL = "/run/shell.sock"
READING = ("GET", "HEAD", "OPTIONS")


class Asker:
    """The one who is connected."""

    def __init__(self):
        self.lock = threading.Lock()
        self.out = None
        self.number = 0
        self.waiting = {}

    def serve(self):
        server = socket.create_server(("", PORT))
        while True:
            connection, _ = server.accept()
            lines = connection.makefile("rw", encoding="utf-8", newline="\n")
            with self.lock:
                self.out = lines
            self.listen(lines)
            with self.lock:
                if self.out is lines:
                    self.out = None
                for answer in self.waiting.values():
                    answer.put("pass")

    def listen(self, lines):
        try:
            for line in lines:
                number, verdict = line.rstrip("\n").split("\t")
                with self.lock:
                    answer = self.waiting.get(number)
                if answer:
                    answer.put(verdict)
        except OSError:
            pass

    def say(self, number, *words):
        answer = queue.SimpleQueue()
        with self.lock:
            if self.out is None:
                return "pass"
            self.waiting[number] = answer
            try:
                self.out.write("\t".join((number,) + words) + "\n")
                self.out.flush()
            except OSError:
                return "pass"
        verdict = answer.get()
        with self.lock:
            del self.waiting[number]
        return verdict

    def ask(self, method, target):
        """Gives the verdict, and what is to be called once it is done."""
        with self.lock:
            self.number += 1
            number = str(self.number)
        return self.say(number, method, json.dumps(target)), lambda: self.say(number, "done")


def listen(path, like, serve):
    if os.path.exists(path):
        os.unlink(path)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    os.chmod(path, 0o660)
    shutil.chown(path, group=like)
    server.listen(64)

    def accept():
        while True:
            connection, _ = server.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept).start()


def copy(source, sink):
    """Until either side goes away; then both do."""
    try:
        while data := source.recv(65536):
            if sink:
                sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            if end:
                end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def engine(asker):
    """One request a connection, as the operator makes them."""

    def serve(client):
        head = b""
        while b"\r\n" not in head:
            data = client.recv(65536)
            if not data:
                return client.close()
            head += data
        method, target = head.split(b"\r\n", 1)[0].decode().split(" ")[:2]
        verdict, done = ("pass", None) if method in READING else asker.ask(method, target)
        if verdict == "drop":
            return client.close()
        server = socket.socket(socket.AF_UNIX)
        server.connect(ENGINE)
        server.sendall(head)
        threading.Thread(target=copy, args=(client, server), daemon=True).start()
        copy(server, client if verdict == "pass" else None)
        if verdict == "tell":
            done()
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        client.close()
        server.close()

    return serve


def shell(asker):
    def serve(client):
        with client, client.makefile("rw", encoding="utf-8", newline="\n") as lines:
            verdict, done = asker.ask("EXEC", json.loads(lines.readline()))
            lines.write(verdict + "\n")
            lines.flush()
            if verdict == "tell":
                lines.readline()
                lines.write(done() + "\n")

    return serve


def main():
    os.rename(DOCKER, ENGINE)
    asker = Asker()
    listen(SHELL, "azureuser", shell(asker))
    listen(DOCKER, "docker", engine(asker))
    asker.serve()


if __name__ == "__main__":
    sys.exit(main())
