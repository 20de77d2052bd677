"""Machines that other services call: by whom a request is signed, when, and only once."""
