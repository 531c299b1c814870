"""Warm kernels for programs, whatever a notebook's kernelspec says, and as a kernelspec."""

from __future__ import annotations

import contextlib
import json
import secrets
import sys
import time
from pathlib import Path
from queue import Empty

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from mlsd_kit.warm.client import leased
from mlsd_kit.warm.wire import socket_path

PROVISIONER = "mlsd-warm"
UNHEARD_S = 0.04
"""After so long without a word the client was not yet connected, and asks again."""


class ReadyClient(AsyncKernelClient):
    """A client that knows at once when its kernel is ready."""

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        """Ask for the kernel's info until its answer is followed by word that it is idle again.

        The library's own waits for 0.2 s of silence instead, to be sure that nothing of the
        start is still on its way.

        Raises:
            RuntimeError: when the kernel dies or does not answer in time.
        """
        until = time.monotonic() + (timeout or float("inf"))
        while True:
            asked = self.kernel_info()
            with contextlib.suppress(Empty):
                reply = await self.shell_channel.get_msg(timeout=1)
                if reply["msg_type"] == "kernel_info_reply" and await self._idle_after(asked):
                    self._handle_kernel_info_reply(reply)
                    return
            if not await self._async_is_alive():
                raise RuntimeError("the kernel died before it was ready")
            if time.monotonic() > until:
                raise RuntimeError(f"the kernel was not ready in {timeout:g} seconds")

    wait_for_ready = _async_wait_for_ready

    async def _idle_after(self, asked: str) -> bool:
        """Read what is published up to the end of a request; False if it is not heard of."""
        while True:
            told = await self.iopub_channel.get_msg(timeout=UNHEARD_S)
            ours = told["parent_header"].get("msg_id") == asked
            if ours and told["content"].get("execution_state") == "idle":
                return True


class WarmKernelManager(AsyncKernelManager):
    """For nbclient and papermill: ``kernel_manager_class=WarmKernelManager``.

    A server is used, and started only under a `lease`; without one kernels start cold. It talks
    over IPC sockets in a folder that only this user can enter, so that kernels that start at once
    do not race for ports.
    """

    def __init__(self, **settings: object) -> None:
        name = socket_path().parent / f"kernel-{secrets.token_hex(8)}.json"
        super().__init__(**{"transport": "ipc", "connection_file": str(name), **settings})
        self.client_factory = ReadyClient

    @property
    def kernel_spec(self) -> KernelSpec | None:
        """The notebook's kernelspec, with the warm provisioner."""
        spec: KernelSpec | None = super().kernel_spec
        if spec is not None and not spec.metadata.get("kernel_provisioner"):
            spec.metadata["kernel_provisioner"] = {
                "provisioner_name": PROVISIONER,
                "config": {"start_server": leased()},
            }
        return spec


def write_kernelspec(folder: Path) -> Path:
    """Write the kernelspec of warm kernels as ``kernels/mlsd-warm`` in a Jupyter data folder."""
    target = folder / "kernels" / PROVISIONER
    target.mkdir(parents=True, exist_ok=True)
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3 (mlsd, warm)",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": PROVISIONER}},
    }
    (target / "kernel.json").write_text(json.dumps(spec, indent=1), encoding="utf-8")
    return target
