"""Where we are in a line of Markdown: characters, and columns, which a tab takes several of."""

from __future__ import annotations

import re

_SPACES = re.compile(r"[ \t]*")
_TAB = 4  # columns (CommonMark 0.31, 2.2)


class LineCursor:
    """Moves over the white space and the marks that a line begins with."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.indent = 0  # columns of white space before `rest`
        self._offset = 0
        self._column = 0
        self._is_in_tab = False
        self._next = 0
        self._look()

    @property
    def is_blank(self) -> bool:
        """Whether nothing but white space is left."""
        return self._next >= len(self.text)

    @property
    def rest(self) -> str:
        """What follows the white space."""
        return self.text[self._next :]

    @property
    def first(self) -> str:
        """The first character of `rest`; the line must not be blank."""
        return self.text[self._next]

    @property
    def rest_with_spaces(self) -> str:
        """What is left, white space included; half a tab counts as spaces."""
        if self._is_in_tab:
            return " " * (_TAB - self._column % _TAB) + self.text[self._offset + 1 :]
        return self.text[self._offset :]

    def skip_spaces(self) -> None:
        """Move to `rest`."""
        self._column += self.indent
        self._offset, self._is_in_tab, self.indent = self._next, False, 0

    def advance(self, columns: int) -> None:
        """Move on by columns of white space, or by characters where there is none."""
        while columns > 0 and self._offset < len(self.text):
            if self.text[self._offset] == "\t":
                width = _TAB - self._column % _TAB
                step = min(width, columns)
                self._is_in_tab = width > columns
                self._column += step
                self._offset += 0 if self._is_in_tab else 1
                columns -= step
            else:
                self._is_in_tab = False
                self._offset += 1
                self._column += 1
                columns -= 1
        self._look()

    def pass_mark(self, length: int) -> None:
        """Move behind a mark of `length` characters at the beginning of `rest`."""
        self.skip_spaces()
        self.advance(length)

    def _look(self) -> None:
        spaces = _SPACES.match(self.text, self._offset)
        self._next = spaces.end() if spaces else self._offset
        skipped = self.text[self._offset : self._next]
        if "\t" not in skipped:
            self.indent = len(skipped)
            return
        column = self._column
        for character in skipped:
            column += _TAB - column % _TAB if character == "\t" else 1
        self.indent = column - self._column
