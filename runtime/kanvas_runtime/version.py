"""The runtime's version; an app says which one it was built for."""

VERSION = "0.1.0"
