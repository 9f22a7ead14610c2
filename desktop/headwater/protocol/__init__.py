"""Bytes to events and back, one module per API dialect; no I/O and no clock."""
