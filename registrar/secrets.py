"""Take secrets out of text before it is printed, logged or written into a registry."""

from __future__ import annotations

import functools
import itertools
import os
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "is_secret_name",
    "list_logins",
    "make_mask",
    "mask_values",
    "names_secret",
    "scrub",
    "without_userinfo",
]

MASK = "***"
# Every repetition that can begin at many places is bounded: a text of a server must not take
# quadratic time. Longer parts than these are no key, no password and no quoted secret.
# The user part of a URI. In abfss://container@account the container is a name, not a user.
# A URI allows no '/' in a password, but people write one. Digits after the ':' are a port.
USERINFO = re.compile(
    r"((?i:(?<!\babfs)(?<!\babfss)(?<!\bwasb)(?<!\bwasbs))(?:(?<=[A-Za-z0-9+.-]):|(?<![\w:/]))//)"
    r"(?:[^/\s'\"]*|[^/\s'\":@\[\]]*:(?!\d+(?:/|$))[^\s'\"]{0,1024})@"
)
KEY = (
    r"[\w.-]{0,200}(?:password|passwd|pwd|token|secret|signature|credential|api_?key|access_?key"
    r"|account_?key)[\w.-]{0,200}"
)
QUOTED = r"'[^']{0,4096}'|\"[^\"]{0,4096}\""
# `password=x` in a query or a connection string; `Authorization: Bearer x` in a header.
ASSIGNMENT = re.compile(
    rf"(?i)((?<![\w.-]){KEY}=|\bsig=|\bauthorization: *(?:\w+ +)?)(?:{QUOTED}|[^&;\s'\"]+)"
)
# `"password": "x"` in JSON, and in a dictionary that Python prints.
ENTRY = re.compile(rf"(?i)((?P<quote>['\"])(?:{KEY}|authorization)(?P=quote): *)(?:{QUOTED})")
# What the name of an environment variable with a secret says: anywhere in it, or as a word of it.
# It covers the variables of MLflow, databases and cloud clients, such as AWS_SESSION_TOKEN.
SECRET_NAME = re.compile(
    r"(?i)secret|token|passw|passphrase|key|credential|connection_?string"
    r"|(?:^|_)(?:.*pwd|o?auth|cookie|dsn|sas)(?:_|$)"
)
# Names in which such a word stands for something harmless, such as the name of a plugin.
NOT_SECRET = frozenset({"PWD", "OLDPWD", "MLFLOW_TRACKING_AUTH"})
# Values that say nothing, as in TOKENIZERS_PARALLELISM=false.
SWITCHES = frozenset({"true", "false", "none", "null"})
# `user:password` of the address that an environment variable such as DATABASE_URL holds.
LOGIN = re.compile(r"://([^\s/@:]*:([^\s/@]+))@")
PASSWORD_NAME = re.compile(r"(?i)(?:password|passwd|pwd)$")
MIN_LENGTH = 4  # a shorter value is masked only where the name says that it is a password
MIN_SECRET_LENGTH = 8  # a shorter value is masked only where it is a whole word


@functools.lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Return whether the name of an environment variable says that its value is a secret."""
    return name not in NOT_SECRET and SECRET_NAME.search(name) is not None


def scrub(text: str) -> str:
    """Return `text` with passwords, tokens and the user names of URIs replaced by `***`.

    It recognises them by their place (`scheme://user:password@host`, `password=...`,
    `"token": "..."`, an `Authorization` header), and by their value where an environment variable
    such as `MLFLOW_TRACKING_PASSWORD` holds it.
    """
    text = mask_values(text)
    text = ASSIGNMENT.sub(rf"\1{MASK}", text)
    text = ENTRY.sub(rf"\1{MASK}", text)
    return USERINFO.sub(rf"\1{MASK}@", text)


def mask_values(text: str) -> str:
    """Return `text` with `***` for the value of every secret that the environment holds.

    So is the password of an address that a variable holds. A value is what a registry or a file
    holds: nothing else in it is taken for a secret.
    """
    return make_mask()(text)


def make_mask() -> Callable[[str], str]:
    """Return `mask_values` for the environment as it is now: for very many texts."""
    values = tuple(itertools.chain.from_iterable(_secrets_of(*item) for item in os.environ.items()))
    if not values:
        return str
    pattern = _compile(values)
    return lambda text: pattern.sub(MASK, text)


def list_logins() -> tuple[tuple[str, str], ...]:
    """Return each `user:password` in the address that an environment variable holds, with its name."""
    return tuple(
        (name, login)
        for name, value in os.environ.items()
        if "@" in value
        for login, _ in LOGIN.findall(value)
    )


def names_secret(query: str) -> bool:
    """Return whether the query of a URI gives a value to a name such as `token` or `password`."""
    return ASSIGNMENT.search(query) is not None


def without_userinfo(uri: str) -> str:
    """Return a URI without its user name and password."""
    return USERINFO.sub(r"\1", uri)


@functools.lru_cache(maxsize=8)
def _compile(values: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern for secrets, the longest first."""
    spellings = {spelling for value in values for spelling in (value, quote(value, safe=""))}
    patterns = []
    for value in sorted(spellings, key=len, reverse=True):
        pattern = re.escape(value)
        is_word = len(value) < MIN_SECRET_LENGTH
        patterns.append(rf"(?<!\w){pattern}(?!\w)" if is_word else pattern)
    return re.compile("|".join(patterns))


def _secrets_of(name: str, value: str) -> tuple[str, ...]:
    """Return what is secret in the value of an environment variable: all of it, a password, or nothing."""
    if is_secret_name(name):
        return (value,) if _is_worth_masking(name, value) else ()
    if "@" not in value:
        return ()
    passwords = [password for _, password in LOGIN.findall(value)]
    return tuple({spelling for text in passwords for spelling in (text, unquote(text))})


def _is_worth_masking(name: str, value: str) -> bool:
    """Return whether the value is long enough to be a secret, and not a switch or a small number."""
    if PASSWORD_NAME.search(name):
        return bool(value)
    is_number = value.isdecimal() and len(value) < MIN_SECRET_LENGTH
    return len(value) >= MIN_LENGTH and value.lower() not in SWITCHES and not is_number
