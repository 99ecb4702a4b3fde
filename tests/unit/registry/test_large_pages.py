"""A page of logged models that is too large is asked for in smaller parts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registrar.registry.failures import OversizedReplyError
from registrar.registry.http.tracking import HttpTrackingApi
from registrar.registry.http.transport import Reply


class Server:
    """A server whose replies are too large for more than `most` models."""

    has_credentials = False

    def __init__(self, most: int) -> None:
        self.most = most
        self.sizes: list[int] = []

    def request(self, method: str, path: str, **sent: Any) -> Reply:
        assert (method, path) == ("POST", "/api/2.0/mlflow/logged-models/search")
        self.sizes.append(json.loads(sent["body"])["max_results"])
        if self.sizes[-1] > self.most:
            message = "its reply has more values"
            raise OversizedReplyError(message)
        return Reply(200, b'{"models": []}')

    def upload(self, *_: Any) -> Reply:
        raise NotImplementedError

    def download(self, *_: Any) -> Reply:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


def test_the_size_that_fits_is_kept() -> None:
    server = Server(most=10)
    api = HttpTrackingApi(server)
    for _ in range(2):
        assert api.search_logged_models(["0"], "", None).items == ()
    assert server.sizes == [512, 64, 8, 8]


def test_one_model_that_is_too_large_is_an_error() -> None:
    server = Server(most=0)
    with pytest.raises(OversizedReplyError):
        HttpTrackingApi(server).search_logged_models(["0"], "", None)
    assert server.sizes == [512, 64, 8, 1]
