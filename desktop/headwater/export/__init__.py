"""Conversations as files for other programs and for paper; loaded with the first export."""
