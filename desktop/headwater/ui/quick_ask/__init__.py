"""The small window that opens over every other program: ask, read, and go back to work."""
