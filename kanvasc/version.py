"""The compiler's version; the runtime it writes apps for has the same one."""

VERSION = "0.1.0"
