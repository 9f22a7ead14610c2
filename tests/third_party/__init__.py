"""Real input from servers that nobody here wrote: aimock and the LiteLLM proxy."""
