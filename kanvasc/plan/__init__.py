"""The plan: every decision about the output, made before anything is laid out."""
