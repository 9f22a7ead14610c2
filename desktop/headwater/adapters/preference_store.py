"""Writes preferences on a thread of its own: a disk may take its time."""

from __future__ import annotations

from headwater.adapters.daemon_thread import DaemonThread
from headwater.adapters.preferences_file import PreferencesFile
from headwater.domain.preferences import Preferences


class PreferenceStore:
    """The preferences file behind a worker thread."""

    def __init__(self, file: PreferencesFile) -> None:
        """Take the file; it is read elsewhere, at the start."""
        self._file = file
        self._thread = DaemonThread("headwater-preferences")

    async def write(self, preferences: Preferences) -> str:
        """Keep them; return why that failed, in plain words, or an empty string."""
        try:
            await self._thread.call(lambda: self._file.write(preferences))
        except OSError as error:
            return f"The preferences cannot be kept ({error.strerror or error})."
        return ""

    def close(self) -> None:
        """Let the thread end after what is queued."""
        self._thread.finish()
