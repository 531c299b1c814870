"""Warm kernels for programs, whatever a notebook's kernelspec says, and as a kernelspec."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from mlsd_kit.warm.client import leased
from mlsd_kit.warm.wire import socket_path

PROVISIONER = "mlsd-warm"


class WarmKernelManager(AsyncKernelManager):
    """For nbclient and papermill: ``kernel_manager_class=WarmKernelManager``.

    A server is used, and started only under a `lease`; without one kernels start cold. It talks
    over IPC sockets in a folder that only this user can enter, so that kernels that start at once
    do not race for ports.
    """

    def __init__(self, **settings: object) -> None:
        name = socket_path().parent / f"kernel-{secrets.token_hex(8)}.json"
        super().__init__(**{"transport": "ipc", "connection_file": str(name), **settings})

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
