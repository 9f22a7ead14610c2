"""Sources as RIS, the format of reference managers; every value is one line."""

from __future__ import annotations

from headwater.export.reference import Reference


def ris_text(references: list[Reference]) -> str:
    """Return the file, with the line ends that RIS asks for."""
    return "".join(f"{tag}  - {value}\r\n" for r in references for tag, value in _lines(r))


def _lines(reference: Reference) -> list[tuple[str, str]]:
    lines = [
        ("TY", "ELEC"),
        ("ID", reference.key),
        ("TI", reference.title),
        ("PB", reference.host),
        ("UR", reference.url),
        ("AB", reference.abstract),
        ("Y2", reference.accessed.strftime("%Y/%m/%d")),
    ]
    if reference.published:
        year, *rest = reference.published
        lines.append(("PY", str(year)))
        month, day = (f"{part:02}" for part in (*rest, 0, 0)[:2])
        lines.append(("DA", f"{year}/{month if rest else ''}/{day if len(rest) > 1 else ''}/"))
    lines += [("N1", note) for note in (reference.address, reference.said_published)]
    return [(tag, value) for tag, value in lines if value] + [("ER", "")]
