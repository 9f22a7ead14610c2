"""What a Mac reads about the application bundle.

Keys: https://developer.apple.com/documentation/bundleresources/information-property-list
"""

from __future__ import annotations

from headwater import __version__

BUNDLE_ID = "app.headwater.Headwater"
OLDEST_MACOS = "14.0"  # what the wheels of Qt 6.12 are built for


def property_list() -> dict[str, object]:
    """Return the keys and values of `Info.plist` beyond those that PyInstaller writes itself."""
    return {
        "CFBundleName": "Headwater",
        "CFBundleDisplayName": "Headwater",
        "CFBundleShortVersionString": __version__,
        "CFBundleVersion": __version__,
        "CFBundleURLTypes": [
            {"CFBundleURLName": BUNDLE_ID, "CFBundleURLSchemes": ["headwater"]},
        ],
        "LSApplicationCategoryType": "public.app-category.productivity",
        "LSMinimumSystemVersion": OLDEST_MACOS,
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": "The Headwater authors, MIT licence",
        # Qt follows light and dark by itself.
        "NSRequiresAquaSystemAppearance": False,
        # The screen is pictured when somebody clicks on it, never by itself.
        "NSScreenCaptureUsageDescription": "Headwater adds a picture of the screen to a question, "
        "when you ask it to.",
    }
