"""The language server: the protocol around `kanvasc.analysis`, a feature a file."""
