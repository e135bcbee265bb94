"""The MTA's side of the milter protocol, frame by frame: what libmilter's clients would never send, too."""

import socket
import struct

from demo.milter import ALL_ACTIONS, ALL_STEPS, CHUNK, MilterRefused, MilterSession

CONNECT, HELO, MAIL, RCPT, DATA, FIELD, END_OF_HEADER, BODY, END = b"C", b"H", b"M", b"R", b"T", b"L", b"N", b"B", b"E"
ABORT, QUIT, MACRO, NEGOTIATE = b"A", b"Q", b"D", b"O"
NO_CONNECT, NO_REPLIES = 0x1, 0x1000 | 0x4000 | 0x8000 | 0x80 | 0x80000


class Wire:
    """One connection.  Nothing is sent but what is asked for."""

    def __init__(self, port, timeout=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def raw(self, octets):
        self.socket.sendall(octets)

    def send(self, command, data=b""):
        self.raw(struct.pack("!I", len(data) + 1) + command + data)

    def receive(self):
        """(command, data); None: the other side has hung up."""
        head = self._exactly(4)
        if head is None:
            return None
        packet = self._exactly(struct.unpack("!I", head)[0])
        return None if packet is None else (packet[:1], packet[1:])

    def _exactly(self, count):
        octets = b""
        while len(octets) < count:
            try:
                more = self.socket.recv(count - len(octets))
            except ConnectionResetError:
                return None
            if not more:
                return None
            octets += more
        return octets

    def negotiate(self, actions=ALL_ACTIONS, steps=ALL_STEPS, version=6):
        """(actions, steps, macros by step) as the milter wants them; None: it refuses."""
        self.send(NEGOTIATE, struct.pack("!III", version, actions, steps))
        answer = self.receive()
        if answer is None or answer[0] != NEGOTIATE:
            return None
        _, actions, steps = struct.unpack("!III", answer[1][:12])
        return actions, steps, _symbol_lists(answer[1][12:])

    def macros(self, command, **values):
        self.send(MACRO, command + b"".join(k.encode() + b"\0" + v.encode() + b"\0" for k, v in values.items()))

    def connect(self, address="127.0.0.1"):
        self.send(CONNECT, b"client.example.test\0" + (b"4" + struct.pack("!H", 2525) + address.encode() + b"\0"
                                                       if address else b"U"))

    def mail(self, sender, *recipients, brackets=True):
        self.send(MAIL, (f"<{sender}>" if brackets else sender).encode() + b"\0")
        for recipient in recipients:
            self.send(RCPT, (f"<{recipient}>" if brackets else recipient).encode() + b"\0")

    def field(self, name, value):
        self.send(FIELD, name + b"\0" + value + b"\0")

    def message(self, octets):
        head, _, body = octets.partition(b"\r\n\r\n")
        for field in head.replace(b"\r\n ", b"\n ").replace(b"\r\n\t", b"\n\t").split(b"\r\n"):
            name, _, value = field.partition(b":")
            self.field(name, value)
        for start in range(0, len(body), CHUNK):
            self.send(BODY, body[start:start + CHUNK])

    def end(self):
        """(edits as (command, name, value), last answer, progress reports before it)"""
        self.send(END)
        edits, beats = [], 0
        while True:
            answer = self.receive()
            if answer is None:
                return edits, None, beats
            command, data = answer
            if command == b"p":
                beats += 1
            elif command in (b"i", b"m"):
                name, value, _ = data[4:].split(b"\0", 2)
                edits.append((command.decode(), name.decode(), value.decode()))
            else:
                return edits, (command + data).decode(errors="replace").rstrip("\0"), beats


def _symbol_lists(data):
    lists = {}
    while len(data) >= 4:
        (step,) = struct.unpack("!I", data[:4])
        names, _, data = data[4:].partition(b"\0")
        lists[step] = names.decode()
    return lists
