"""One worker of a service: uvicorn with an application, until it is told to stop."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from mlsd_kit.deployment.connections import Overload, connection_class
from mlsd_kit.deployment.limits import Limits
from mlsd_kit.errors import UserError, require

STOP_SECONDS = 8.0
"""After its lifeline's end a worker has so long to finish."""

CANNOT_SERVE = 2
"""Exit code of a worker that can never serve, and has said why."""

MakeApp = Callable[[], Any]


def run_worker(
    make: MakeApp,
    listener: socket.socket,
    limits: Limits,
    lifeline: Callable[[], object] | None,
    number: int = 0,
) -> int:
    """Serve until a signal, or until the lifeline returns.

    Args:
        make: makes the application.
        listener: socket that listens already; workers share it.
        limits: of the connections.
        lifeline: blocks for as long as whoever wants the service is there.
        number: of the worker in its service.

    Returns:
        Exit code: 0 after an orderly stop, 2 when the application cannot be made.
    """
    require("uvicorn")
    import uvicorn

    try:
        app = make()
    except UserError as error:
        print(error, file=sys.stderr)
        return CANNOT_SERVE
    service = getattr(app.state, "service", None)

    class Server(uvicorn.Server):
        """Says when it listens, and drains on a signal."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            host, port = listener.getsockname()[:2]
            told = {"url": f"http://{host}:{port}", "pid": os.getpid(), "worker": number}
            # One write: workers share a pipe.
            os.write(sys.stdout.fileno(), f"{json.dumps(told)}\n".encode())

        def handle_exit(self, sig: int, frame: Any) -> None:
            if service is None or service.draining:
                self.should_exit = True
                return
            service.draining = True
            ending = threading.Timer(limits.drain_seconds, self.stop)
            ending.daemon = True  # a second signal ends it sooner
            ending.start()

        def stop(self) -> None:
            """Take no more connections, finish what is under way, and end."""
            self.should_exit = True

    overload = service and Overload(limits.in_flight, service.telemetry.refused_early)
    server = Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            http=connection_class(limits, overload),
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_keep_alive=int(max(limits.read_seconds, 1)),
            timeout_graceful_shutdown=int(limits.read_seconds + limits.answer_seconds),
            ws="none",
        )
    )
    finished = threading.Event()

    def end_with_the_lifeline() -> None:
        assert lifeline is not None
        lifeline()
        server.stop()
        if not finished.wait(STOP_SECONDS):
            os._exit(1)

    if lifeline is not None:
        threading.Thread(target=end_with_the_lifeline, daemon=True).start()
    server.run(sockets=[listener])
    finished.set()
    return 0
