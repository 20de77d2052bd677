"""Machines as HTTP endpoints: a request in, one answer out, or a stream of what is pushed."""
