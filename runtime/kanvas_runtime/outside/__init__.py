"""What a step may reach outside of the process besides a model: HTTP, to checked addresses."""
