"""The ledger in a Postgres database that several processes share, each with a chain of its own."""
