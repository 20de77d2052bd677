"""The machines of this app."""
