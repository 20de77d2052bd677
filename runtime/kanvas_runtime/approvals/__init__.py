"""Steps that a person approves: what is held, who decides, and what the run comes to."""
