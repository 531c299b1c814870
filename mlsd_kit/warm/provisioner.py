"""Jupyter's way to start kernels, with warm ones."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Bool

from mlsd_kit.warm.client import ForkedProcess, WarmUnavailable, fork_kernel

_told = False


class WarmProvisioner(LocalProvisioner):
    """Starts Python kernels of this interpreter by a fork, and all others as ever.

    Where a fork is not to be had it starts cold, and says so once.
    """

    start_server = Bool(True, help="Start the warm server when there is none.").tag(config=True)

    exit_code: int | None = None
    """The kernel's, once it has ended; negative for a signal."""
    server_lost = False
    """Whether it ended because the server did."""

    async def poll(self) -> int | None:
        """The exit code if the kernel has ended, else None."""
        code = await super().poll()
        if code is not None and isinstance(self.process, ForkedProcess):
            self.server_lost = self.process.lost
        if self.process is not None and code is not None:
            self.exit_code = code
        return code

    async def kill(self, restart: bool = False) -> None:
        """End the kernel; the server tells when it has ended, so there is nothing to poll."""
        process = self.process
        await super().kill(restart=restart)
        if isinstance(process, ForkedProcess):
            await process.ended()

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel: warm if it can be, else cold."""
        argv = _launcher_arguments(cmd)
        env = {**(kwargs.get("env") or os.environ)}
        if argv is None or env.get("PYTHONPATH", "") != os.environ.get("PYTHONPATH", ""):
            return await super().launch_kernel(cmd, **kwargs)
        try:
            process = fork_kernel(
                argv,
                env,
                str(kwargs.get("cwd") or os.getcwd()),
                _fileno(kwargs.get("stdout")),
                _fileno(kwargs.get("stderr")),
                start=self.start_server,
            )
        except WarmUnavailable as reason:
            if self.start_server:
                _tell_once(str(reason))
            return await super().launch_kernel(cmd, **kwargs)
        self.process = process  # type: ignore[assignment]
        self.pid = self.pgid = process.pid
        return self.connection_info


def _launcher_arguments(cmd: list[str]) -> list[str] | None:
    """What follows ``-m ipykernel_launcher`` when the command is of this interpreter."""
    if "ipykernel_launcher" not in cmd:
        return None
    at = cmd.index("ipykernel_launcher")
    ours = os.path.realpath(cmd[0]) == os.path.realpath(sys.executable)
    options = [part for part in cmd[1:at] if part not in ("-m", "-Xfrozen_modules=off")]
    return cmd[at + 1 :] if ours and not options else None


def _fileno(stream: Any) -> int | None:
    try:
        return None if stream is None else int(stream.fileno())
    except AttributeError:
        return stream if isinstance(stream, int) and stream >= 0 else None


def _tell_once(reason: str) -> None:
    global _told
    if not _told:
        _told = True
        warnings.warn(f"kernels start cold: {reason}", stacklevel=3)
