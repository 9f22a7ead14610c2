"""The key that works in every program: one file per system, each a `ShortcutBackend`."""
