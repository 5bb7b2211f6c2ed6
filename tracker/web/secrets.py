"""The key that signs sessions: given, or made on first start and kept in a file."""

import os
import secrets
from pathlib import Path

ENOUGH = 32


class WeakSecret(ValueError):
    """A key that can be guessed, on a site that strangers reach."""


def secret_key(given: str, path: Path, *, is_public: bool) -> str:
    """The key in the settings, else the one in `path`, which is made where missing."""
    key = given or kept_key(path)
    if is_public and (len(key) < ENOUGH or len(set(key)) < ENOUGH / 4):
        raise WeakSecret(
            f"SECRET_KEY is too weak for HTTPS: give {ENOUGH} random characters or "
            "more, or none, and one is made"
        )
    return key


def kept_key(path: Path) -> str:
    """Several processes may start at once: the first to link its file wins."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    if path.stat().st_mode & 0o077:
        raise WeakSecret(f"{path} can be read by others: chmod 600 {path}")
    return path.read_text().strip()
