"""Headwater: cited AI answers, streamed into a native desktop window."""

__version__ = "0.1.0"
