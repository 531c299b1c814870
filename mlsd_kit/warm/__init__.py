"""Warm kernels: forked from a process that has the usual imports already."""

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
