"""Typed clients of a program's sockets, as files."""

from kanvasc.emit.clients.files import LANGUAGES, clients

__all__ = ["LANGUAGES", "clients"]
