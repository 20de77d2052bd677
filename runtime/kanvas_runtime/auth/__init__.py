"""Who a caller is, the same on every surface: API keys, sessions, tokens and tickets."""
