"""MLflow's REST API: JSON there and back, error replies raised as HttpError."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from registrar.registry.failures import HttpError
from registrar.registry.json_shape import parse_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.registry.http.transport import Reply, Transport

__all__ = ["JsonApi", "error_from_reply", "tag_list"]

API = "/api/2.0/mlflow/"
EMPTY_REPLIES = {b"", b"200 OK"}


class JsonApi:
    """Calls to the REST API of one server. Methods raise HttpError and NoReplyError."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def get(self, path: str, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the reply to a GET; fields that are None are left out of the query."""
        reply = self.transport.request("GET", API + path, query=_without_none(query))
        return _parse(API + path, reply)

    def search(
        self, path: str, fields: Mapping[str, Any], method: str = "POST"
    ) -> tuple[dict[str, Any], int]:
        """Return a page of a search, and how many bytes it had; a GET has the fields as its query."""
        known = _without_none(fields)
        if method == "GET":
            reply = self.transport.request(method, API + path, query=known)
        else:
            reply = self.transport.request(method, API + path, body=json.dumps(known).encode())
        return _parse(API + path, reply), len(reply.data)

    def send(self, method: str, path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the reply to a request with a JSON body; fields that are None are left out."""
        body = json.dumps(_without_none(fields)).encode()
        reply = self.transport.request(method, API + path, body=body)
        return _parse(API + path, reply)


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags in the form that the REST API takes."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def error_from_reply(path: str, reply: Reply) -> HttpError:
    """Return the error that a reply with a status other than 200 tells of."""
    document = parse_object(reply.data)
    if document is None:
        return HttpError(reply.status, "", reply.text, path, reply.retry_after)
    code = str(document.get("error_code") or "INTERNAL_ERROR")
    message = str(document.get("message") or code)
    return HttpError(reply.status, code, message, path, reply.retry_after)


def _parse(path: str, reply: Reply) -> dict[str, Any]:
    if reply.status != 200:
        raise error_from_reply(path, reply)
    if reply.data.strip() in EMPTY_REPLIES:
        return {}
    document = parse_object(reply.data)
    if document is None:
        raise HttpError(200, message=reply.text, path=path)
    return document


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}
