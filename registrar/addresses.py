"""Parse the address of a server into its scheme, host and port.

Libraries disagree about the host of an unusual address, such as one with a backslash or a second
`@`. So only plain addresses are accepted here. All others are rejected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = [
    "DEFAULT_PORTS",
    "Address",
    "is_local",
    "parse_address",
    "parse_source_host",
]

HOST = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*)|\[[0-9A-Fa-f:.]+\]"
PLACE = rf"(?P<host>{HOST})(?::(?P<port>[0-9]{{1,5}}))?"
SERVER = re.compile(
    rf"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?:[^\s/\\?#@]*@)?{PLACE}(?:/[^\s\\?#]*)?"
)
SQLITE = re.compile(r"(?i)sqlite(?:\+[a-z0-9]+)?:///[^\x00-\x1f]*")
# MLflow's names for servers whose address stands in a file of the person who runs it.
MANAGED = re.compile(r"(?:databricks|databricks-uc|uc)(?:://[\w.-]+)?")
# The host of such a URI is a bucket: the client, not the URI, knows whom to ask.
BUCKETS = {"s3", "s3a", "s3n", "gs"}
# Here a bucket or a container stands in front of the host, which belongs to the cloud.
CLOUD_HOSTS = {
    "wasb": re.compile(
        r"[a-z0-9]+\.blob\.core\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)"
    ),
    "abfss": re.compile(
        r"[a-z0-9]+\.dfs\.core\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)"
        r"|onelake\.dfs\.fabric\.microsoft\.com"
    ),
    "r2": re.compile(r"[a-z0-9]+(?:\.eu|\.fedramp)?\.r2\.cloudflarestorage\.com"),
    "b2": re.compile(r"s3\.[a-z0-9-]+\.backblazeb2\.com"),
}
CLOUD_HOSTS |= {"wasbs": CLOUD_HOSTS["wasb"], "abfs": CLOUD_HOSTS["abfss"]}
DEFAULT_PORTS = {"http": 80, "https": 443, "ftp": 21, "sftp": 22}


@dataclass(frozen=True, slots=True)
class Address:
    """The server that an address leads to. An IPv6 `host` stands in brackets, as in a URI."""

    scheme: str
    host: str
    port: int | None

    @property
    def place(self) -> str:
        """The host, and the port unless it is the default port of the scheme."""
        is_default = self.port == DEFAULT_PORTS.get(self.scheme)
        return self.host if self.port is None or is_default else f"{self.host}:{self.port}"


def is_local(uri: str) -> bool:
    """Return whether the URI of a server needs no host: an SQLite file, or a name of MLflow's."""
    return bool(SQLITE.fullmatch(uri) or MANAGED.fullmatch(uri))


def parse_address(uri: str) -> Address | None:
    """Return the server that `uri` leads to; None where that is not certain.

    A query is certain only over HTTP: drivers of databases take a host from it.
    """
    is_http = uri[:8].lower().startswith(("http://", "https://"))
    match = SERVER.fullmatch(re.split(r"[?#]", uri, maxsplit=1)[0] if is_http else uri)
    if match is None:
        return None
    scheme = (match["scheme"] or "").lower()
    port = int(match["port"]) if match["port"] else DEFAULT_PORTS.get(scheme)
    return Address(scheme, match["host"].lower(), port)


def parse_source_host(uri: str) -> Address | str | None:
    """Return the server that a client of artifacts asks for a model's URI; None for no server.

    Where the host is not certain, the text in its place.
    """
    scheme, colon, rest = uri.partition(":")
    scheme = scheme.lower()
    if not colon or not rest.startswith("//") or scheme in {"file", "models", "runs"}:
        return None
    authority = re.split(r"[/?#\\]", rest[2:], maxsplit=1)[0]
    if not authority:
        return None
    if scheme in BUCKETS and "@" not in authority and ":" not in authority:
        return None
    host = authority.rpartition("@")[2].lower()
    if scheme in CLOUD_HOSTS and CLOUD_HOSTS[scheme].fullmatch(host) and authority.count("@") == 1:
        return None
    if scheme == "dbfs" and authority.lower() == "databricks":
        return None
    return parse_address(uri) or host
