"""The door for clients that bring a requests session of their own."""

import io
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from verifier.web._asking import Refused
from verifier.web._door import Door


class DoorAdapter(BaseAdapter):
    """Lets a client that insists on its own requests session go through the door."""

    def __init__(self, door: Door, **how: Any) -> None:
        """`how` is handed to the door's `get`."""
        super().__init__()
        self._door = door
        self._how = how

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        if request.method != "GET":
            raise Refused(f"{request.method} {request.url}: only GET goes through the door")
        reply = self._door.get(request.url or "", **self._how)
        response = requests.Response()
        response.status_code = reply.status
        response.headers = CaseInsensitiveDict(reply.headers)
        response.raw = io.BytesIO(reply.content)
        response.url = reply.url
        response.request = request
        return response

    def close(self) -> None:
        """Nothing to close: the door outlives its adapters."""
