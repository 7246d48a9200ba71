"""A page of the server as a browser has it open, spoken to as its script does."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from socket import create_connection
from typing import Any

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets import Subprotocol
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from labeller.errors import LabellerError
from labeller.experiments.attacks.server import Server

PATIENCE = 60  # seconds for one run of a page


class Page:
    """An open websocket, and the elements that the last run of the page drew."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.session = ""
        self.elements: list[Element] = []

    def run(self, page: str = "", widgets: Mapping[str, Any] | None = None) -> "Page":
        """Runs the page to its end, with values of widgets by their ids: True for a press."""
        sent = BackMsg()
        sent.rerun_script.page_name = page
        sent.rerun_script.query_string = "project=digits"
        for key, value in (widgets or {}).items():
            state = sent.rerun_script.widget_states.widgets.add()
            state.id = key
            if value is True:
                state.trigger_value = True
            elif isinstance(value, str):
                state.string_value = value
            else:
                state.json_value = json.dumps(value)
        self.socket.send(sent.SerializeToString())
        self.elements = list(self._drawn())
        return self

    @property
    def text(self) -> str:
        """All that a person reads on the page, and what errors say."""
        return "\n".join(str(element) for element in self.elements)

    def widget(self, words: str) -> str:
        """The id of the first widget in whose element these words are; raises LabellerError."""
        for element in self.elements:
            kind = element.WhichOneof("type")
            if kind and words in str(element) and hasattr(getattr(element, kind), "id"):
                return str(getattr(element, kind).id)
        raise LabellerError(f"there is no {words!r} on the page")

    def _drawn(self) -> Iterator[Element]:
        while True:
            message = ForwardMsg()
            message.ParseFromString(self.socket.recv(PATIENCE))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id
            elif kind == "delta" and message.delta.HasField("new_element"):
                yield message.delta.new_element
            elif kind == "script_finished" and (
                message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
            ):
                return


@contextmanager
def opened(
    server: Server,
    browser: httpx.Client,
    *,
    origin: str | None = "",
    host: str = "",
    resume: str = "",
) -> Iterator[Page]:
    """The websocket of a browser with its cookies.

    `origin` and `host` differ from the server's own where they are given, None for none; `resume`:
    the id of a session to go on with. Raises `Refused`.
    """
    origin = server.origin if origin == "" else origin
    token = browser.get("/_stcore/health").cookies.get("_streamlit_xsrf") or browser.cookies.get(
        "_streamlit_xsrf", ""
    )
    cookies = "; ".join(f"{each.name}={each.value}" for each in browser.cookies.jar)
    headers = {"Cookie": cookies} | ({"Origin": origin} if origin else {})
    try:
        with connect(
            f"ws://{host or server.host}/_stcore/stream",
            sock=create_connection(("127.0.0.1", server.port)),
            additional_headers=headers,
            subprotocols=[Subprotocol(each) for each in ("streamlit", token, resume) if each],
            max_size=None,
            open_timeout=PATIENCE,
        ) as socket:
            yield Page(socket)
    except InvalidStatus as refused:
        raise RefusedError(f"HTTP {refused.response.status_code}") from refused
    except ConnectionClosed as closed:
        raise RefusedError(f"closed with {closed.code}") from closed


class RefusedError(Exception):
    """The server did not let the websocket in, or closed it."""
