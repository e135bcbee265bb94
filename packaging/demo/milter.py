"""The MTA's side of the milter protocol (version 6), enough to hand one message to a milter as Postfix does."""

import socket
import struct

ALL_ACTIONS = 0x1FF
ALL_STEPS = 0x1FFFFF
# Protocol step -> (flag: the milter does not want it, flag: it sends no reply to it)
STEPS = {b"C": (0x1, 0x1000), b"H": (0x2, 0x2000), b"M": (0x4, 0x4000), b"R": (0x8, 0x8000), b"L": (0x20, 0x80),
         b"N": (0x40, 0x40000), b"B": (0x10, 0x80000), b"T": (0x200, 0x10000)}
CHUNK = 65535


class MilterRefused(Exception):
    """The milter answered tempfail, reject or discard."""


class MilterSession:
    """One SMTP connection as the milter sees it; `address`: (host, port), or the path of a unix socket."""

    def __init__(self, address, timeout=60):
        self.connection = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        self.connection.settimeout(timeout)
        self.connection.connect(address)
        self._send(b"O", struct.pack("!III", 6, ALL_ACTIONS, ALL_STEPS))
        command, data = self._receive()
        assert command == b"O", command
        _, self.actions, self.steps = struct.unpack("!III", data[:12])
        self._step(b"C", b"client.example.test\0" + b"4" + struct.pack("!H", 2525) + b"127.0.0.1\0")
        self._step(b"H", b"client.example.test\0")

    def _send(self, command, data=b""):
        self.connection.sendall(struct.pack("!I", len(data) + 1) + command + data)

    def _exactly(self, count):
        octets = b""
        while len(octets) < count:
            more = self.connection.recv(count - len(octets))
            if not more:
                raise ConnectionError("the milter closed the connection")
            octets += more
        return octets

    def _receive(self):
        (length,) = struct.unpack("!I", self._exactly(4))
        packet = self._exactly(length)
        return packet[:1], packet[1:]

    def _reply(self):
        while True:
            command, data = self._receive()
            if command != b"p":  # progress
                break
        if command in (b"t", b"r", b"d", b"y", b"4"):
            raise MilterRefused(command.decode() + " " + data.decode(errors="replace"))
        return command

    def _step(self, command, data=b""):
        """Returns the reply, or b"c" where the milter wants no such step or gives no reply."""
        unwanted, silent = STEPS[command]
        if self.steps & unwanted:
            return b"c"
        self._send(command, data)
        return b"c" if self.steps & silent else self._reply()

    def _macros(self, command, **values):
        packed = b"".join(k.encode() + b"\0" + v.encode() + b"\0" for k, v in values.items())
        self._send(b"D", command + packed)

    def send(self, sender, recipients, message, queue_id):
        """Hands over one message; returns the header edits [(action, index, name, value), ...]."""
        self._step(b"M", f"<{sender}>".encode() + b"\0")
        for recipient in recipients:
            self._step(b"R", f"<{recipient}>".encode() + b"\0")
        self._macros(b"T", i=queue_id)
        self._step(b"T")
        head, _, body = message.partition(b"\r\n\r\n")
        leading_space = self.steps & 0x100000
        for field in _fields(head + b"\r\n"):
            name, _, value = field.partition(b":")
            value = value.replace(b"\r\n", b"\n")
            if not leading_space and value.startswith(b" "):
                value = value[1:]
            self._step(b"L", name + b"\0" + value + b"\0")
        self._step(b"N")
        for start in range(0, len(body), CHUNK):
            if self._step(b"B", body[start:start + CHUNK]) == b"s":
                break
        self._macros(b"E", i=queue_id)
        self._send(b"E")
        return self._edits()

    def _edits(self):
        edits = []
        while True:
            command, data = self._receive()
            if command == b"p":
                continue
            if command in (b"i", b"m"):
                (index,) = struct.unpack("!I", data[:4])
                name, value, _ = data[4:].split(b"\0", 2)
                edits.append(("insert" if command == b"i" else "change", index, name.decode(), value.decode()))
            elif command == b"h":
                name, value, _ = data.split(b"\0", 2)
                edits.append(("add", 0, name.decode(), value.decode()))
            elif command in (b"t", b"r", b"d", b"y"):
                raise MilterRefused(command.decode() + " " + data.decode(errors="replace"))
            else:
                return edits

    def close(self):
        self._send(b"Q")
        self.connection.close()


def _fields(head):
    """Header fields with their folds, without the last line break."""
    fields = []
    for line in head.split(b"\r\n")[:-1]:
        if line[:1] in b" \t" and line and fields:
            fields[-1] += b"\r\n" + line
        elif line:
            fields.append(line)
    return fields
