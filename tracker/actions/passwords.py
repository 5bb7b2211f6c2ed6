"""Passwords: Argon2id hashes, and what is asked of a new one."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 256
HASHER = PasswordHasher()
# Verified where there is no such account, so that both answers take equally long.
NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$/wetjIqXJj8bl/+P5saSag"
    "$mJb4G7b5RnhyXwX3k8sOiBTg8NruClB6iwUBwGtjT7A"
)


class WeakPassword(ValueError):
    """Too short, too long, or made of next to nothing."""


def normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str, *known: str) -> str:
    """Raises WeakPassword; `known` is what it must not simply repeat (the address)."""
    text = normal(password)
    if len(text) < SHORTEST:
        raise WeakPassword(f"use {SHORTEST} characters or more: a few words will do")
    if len(text) > LONGEST:
        raise WeakPassword(f"use {LONGEST} characters at most")
    if len(set(text)) < 5 or text.casefold() in {name.casefold() for name in known}:
        raise WeakPassword("that is too easy to guess")
    return HASHER.hash(text)


def is_right(password: str, kept: str | None) -> bool:
    try:
        right = HASHER.verify(kept or NOBODY, normal(password)[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None
