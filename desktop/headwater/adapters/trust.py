"""Whose certificates are believed: the system's, and those of a file that the user names.

On Windows and macOS the system itself judges a chain (truststore); elsewhere OpenSSL reads the
files that the system keeps. Nothing turns the check off.
"""

from __future__ import annotations

import os
import ssl
import sys
from pathlib import Path

from headwater.adapters.not_sent import NotSentError
from headwater.domain.failure import Failure, FailureKind, Remedy

_JUDGED_BY_THE_SYSTEM = ("win32", "darwin")


class Trust:
    """Makes the contexts that verify; each is kept, because loading one takes some 40 ms."""

    def __init__(self, platform: str = sys.platform) -> None:
        self._platform = platform
        self._contexts: dict[tuple[object, ...], ssl.SSLContext] = {}

    def context(self, ca_file: str = "") -> ssl.SSLContext:
        """Return the verifying context that trusts the system, and `ca_file` unless it is empty.

        `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the system's certificates, as they do for
        OpenSSL. `SSLKEYLOGFILE` is ignored: it would write the keys of the connection to a file.

        Raises:
            NotSentError: one of the files is missing or holds no certificate.
        """
        named = (os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))
        known = (*named, ca_file, _changed(ca_file), _changed(named[0]))
        if known not in self._contexts:
            self._contexts[known] = self._made(*named, ca_file)
        return self._contexts[known]

    def _made(self, cert_file: str, cert_dir: str, ca_file: str) -> ssl.SSLContext:
        if cert_file or cert_dir:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            try:
                context.load_verify_locations(cert_file or None, cert_dir or None)
            except (OSError, ValueError):
                raise _unreadable("SSL_CERT_FILE names", cert_file or cert_dir) from None
        elif self._platform in _JUDGED_BY_THE_SYSTEM:
            import truststore  # only there is it installed

            context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        else:
            context = _of_the_files()
        if ca_file:
            try:
                context.load_verify_locations(ca_file)
            except (OSError, ValueError):
                raise _unreadable("The preferences name", ca_file) from None
        return context


def ca_file_problem(path: str) -> str:
    """Return why the certificates of that file cannot be trusted, empty if they can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(path)
    except FileNotFoundError:
        return "There is no such file. No secure connection is made until there is."
    except (OSError, ValueError):
        return "It holds no certificate in PEM form. No secure connection is made with it."
    return ""


def _of_the_files() -> ssl.SSLContext:
    """Return a context with the system's certificates, certifi's where a system has none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    if not context.cert_store_stats()["x509_ca"]:
        # A folder of hashed certificates is read when one is needed, so it does not count above.
        folder: str | None = ssl.get_default_verify_paths().capath
        if not folder or not any(Path(folder).glob("????????.0")):
            import certifi

            context.load_verify_locations(certifi.where())
    return context


def _changed(path: str) -> int:
    """Return when a file was changed last, 0 where there is none."""
    try:
        return os.stat(path).st_mtime_ns if path else 0  # noqa: PTH116 - no Path is needed for it
    except (OSError, ValueError):
        return 0


def _unreadable(who_says: str, path: str) -> NotSentError:
    return NotSentError(
        Failure(
            FailureKind.NOT_CONNECTED,
            "The certificate file cannot be read.",
            f"{who_says} {path}, which is missing or damaged. Nothing was sent.",
            Remedy.RETRY,
        )
    )
