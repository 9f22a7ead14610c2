"""What a drop, a paste, the clipboard or a selection holds that could go along with a question."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice, QMimeData
from PySide6.QtGui import QClipboard, QImage, QImageWriter

from headwater.domain.attachment import Attachment, attachment_of
from headwater.ui.quick_ask.enclosure import Enclosure, Offer

# Password managers mark what must not be shown or kept: KDE's, Windows' and the Mac's way.
_SECRET = (
    "x-kde-passwordManagerHint",
    'application/x-qt-windows-mime;value="ExcludeClipboardContentFromMonitorProcessing"',
    "application/x-nspasteboard-concealed-type",
)


def enclosures_in(data: QMimeData) -> tuple[Enclosure, ...]:
    """Return the pictures and files in `data`; none for mere text.

    Raises:
        UnusableAttachmentError: a picture is too large.
    """
    files = tuple(url.toLocalFile() for url in data.urls() if url.isLocalFile())
    if files:
        return tuple(Enclosure(path=path) for path in files)
    if data.hasImage() and not data.hasText():
        return (Enclosure(_picture("Picture.png", data)),)
    return ()


def offers_from(clipboard: QClipboard) -> tuple[Offer, ...]:
    """Return what is selected in another program, where the system tells, and the clipboard.

    Only their kinds are asked for: their contents may be large, and their owner slow.
    """
    offers: list[Offer] = []
    if clipboard.supportsSelection() and not clipboard.ownsSelection():
        offers += _offer("Selection", clipboard, is_selection=True)
    if not clipboard.ownsClipboard():
        offers += _offer("Clipboard", clipboard, is_selection=False)
    return tuple(offers)


def attachment_from(clipboard: QClipboard, offer: Offer) -> Attachment:
    """Return what `offer` stands for as it is now.

    Raises:
        UnusableAttachmentError: it is too large, or empty by now.
    """
    data = _data(clipboard, is_selection=offer.is_selection)
    if offer.is_text:
        text = data.text() if data is not None else ""
        return attachment_of(offer.name, text.encode("utf-8", "replace"))
    if data is None or not data.hasImage():
        return attachment_of(offer.name, b"")
    return _picture(f"{offer.name}.png", data)


def _offer(name: str, clipboard: QClipboard, *, is_selection: bool) -> list[Offer]:
    data = _data(clipboard, is_selection=is_selection)
    if data is None or any(data.hasFormat(mark) for mark in _SECRET):
        return []
    if data.hasText():
        return [Offer(name, is_text=True, is_selection=is_selection)]
    return [Offer(name, is_text=False, is_selection=is_selection)] if data.hasImage() else []


def _data(clipboard: QClipboard, *, is_selection: bool) -> QMimeData | None:
    mode = QClipboard.Mode.Selection if is_selection else QClipboard.Mode.Clipboard
    return clipboard.mimeData(mode)


def _picture(name: str, data: QMimeData) -> Attachment:
    image = QImage(data.imageData())
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, b"PNG").write(image)
    return attachment_of(name, bytes(buffer.data().data()))
