"""Throughput of a built app beside what people write by hand: `make bench`."""
