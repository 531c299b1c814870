"""Warm kernels: forked from a process that has the usual imports already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlsd_kit.lean import later

if TYPE_CHECKING:
    from mlsd_kit.warm.client import WarmUnavailable, fork_kernel, lease
    from mlsd_kit.warm.manager import PROVISIONER, WarmKernelManager, write_kernelspec
    from mlsd_kit.warm.provisioner import WarmProvisioner

__all__ = [
    "PROVISIONER",
    "WarmKernelManager",
    "WarmProvisioner",
    "WarmUnavailable",
    "fork_kernel",
    "lease",
    "write_kernelspec",
]

_LATER = {
    "PROVISIONER": "manager",
    "WarmKernelManager": "manager",
    "WarmProvisioner": "provisioner",
    "WarmUnavailable": "client",
    "fork_kernel": "client",
    "lease": "client",
    "write_kernelspec": "manager",
}


def __getattr__(name: str) -> Any:
    return later(__name__, _LATER, name)
