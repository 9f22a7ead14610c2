"""Paints state and reports gestures; everything Qt lives here and in `app`."""
