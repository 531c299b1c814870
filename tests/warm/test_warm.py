"""Kernels forked by a real server that each test module starts for itself."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import warnings

import nbformat
import psutil
import pytest
from nbclient import NotebookClient

from mlsd_kit.warm import WarmKernelManager, WarmProvisioner, provisioner, wire
from mlsd_kit.warm.server import Server
from tests.warm_home import server, warm_home

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks")


@pytest.fixture(scope="module", autouse=True)
def home():
    """A server that lasts as long as the module."""
    with warm_home("numpy", "sklearn.linear_model") as folder:
        yield folder


def executed(*cells, cwd="/"):
    """Texts that the cells printed in a warm kernel of their own."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(textwrap.dedent(cell)) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "", "language": "python"}},
    )
    client = NotebookClient(
        notebook,
        kernel_manager_class=WarmKernelManager,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(cwd)}},
    )
    client.execute()
    return ["".join(o.get("text", "") for o in cell.outputs).strip() for cell in notebook.cells]


async def started(cwd="/", **env):
    manager = WarmKernelManager(kernel_name="python3")
    await manager.start_kernel(cwd=str(cwd), env={**os.environ, **env})
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    return manager, client


async def answer(client, code, said=None):
    """What the code printed, or the name of the error; ``said`` gets it as it comes."""
    said = [] if said is None else said
    reply = await client.execute_interactive(
        code, timeout=60, output_hook=lambda m: said.append(m["content"].get("text", ""))
    )
    return reply["content"].get("ename") or "".join(said).strip()


def test_the_kernel_is_a_fork_with_the_imports_there(home):
    parent, modules = executed(
        "import os; print(os.getppid())", "import sys; print('sklearn.linear_model' in sys.modules)"
    )
    assert int(parent) == server().pid
    assert modules == "True"


def test_the_server_has_one_thread():
    assert server().num_threads() == 1


def test_each_kernel_has_its_own_random_state_folder_and_files(tmp_path):
    code = "import os, random, numpy as np; print(os.getcwd(), random.random(), np.random.rand())"
    files = """
        import os
        open_ = [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")
                 if os.path.exists(f"/proc/self/fd/{n}")]
        print(sum(path.startswith("/") and not path.startswith("/dev/") for path in open_))
    """
    first, second = (executed(code, files, cwd=tmp_path) for _ in range(2))
    assert first[0].split()[0] == str(tmp_path)
    assert first[0].split()[1:] != second[0].split()[1:]
    assert first[0].split()[1] != second[0].split()[1]
    assert first[0].split()[2] != second[0].split()[2]
    assert int(first[1]) <= 3  # the history's database is its own


def test_modules_beside_the_notebook_are_found_as_in_a_cold_kernel(tmp_path):
    (tmp_path / "beside.py").write_text("x = 42")
    code = "import beside, sys; print(beside.x, [p for p in sys.path if 'bin' not in p])"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert executed(code, cwd=tmp_path) == [notebook.cells[0].outputs[0].text.strip()]


def test_the_environment_is_the_one_that_was_given():
    async def look():
        manager, client = await started(MINE="yes", OMP_NUM_THREADS="1")
        try:
            return await answer(
                client,
                "import os; from threadpoolctl import threadpool_info\n"
                "print(os.environ.get('MINE'), os.environ.get('JE_ARROW_MALLOC_CONF'),"
                "{pool['num_threads'] for pool in threadpool_info()})",
            )
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)

    assert asyncio.run(look()) == "yes None {1}"


def test_interrupt_restart_and_a_crash_beside():
    async def play():
        manager, client = await started()
        other, beside = await started()
        try:
            await answer(beside, "x = 41")
            said = []
            loop = "print('on', flush=True)\nwhile True: pass"
            running = asyncio.ensure_future(answer(client, loop, said))
            while "on\n" not in said:
                await asyncio.sleep(0.05)
            await manager.interrupt_kernel()
            interrupted = await running
            await manager.restart_kernel(now=True)
            await client.wait_for_ready(timeout=60)
            fresh = await answer(client, "print('x' in globals())")
            os.kill(manager.provisioner.pid, signal.SIGSEGV)
            code = manager.provisioner.process.wait(20)
            return interrupted, fresh, code, await answer(beside, "print(x + 1)")
        finally:
            for kernel, channel in ((manager, client), (other, beside)):
                channel.stop_channels()
                await kernel.shutdown_kernel(now=True)

    interrupted, fresh, code, beside = asyncio.run(play())
    assert interrupted == "KeyboardInterrupt"
    assert fresh == "False"
    assert code == -signal.SIGSEGV
    assert beside == "42"
    assert server().is_running()


def test_a_kernel_ends_with_the_process_that_asked_for_it():
    program = textwrap.dedent(
        """
        import os, sys, time
        from mlsd_kit.warm import fork_kernel
        from jupyter_client.connect import write_connection_file
        name = os.environ["XDG_RUNTIME_DIR"] + "/k.json"
        write_connection_file(name)
        print(fork_kernel(["-f", name], os.environ, "/", start=False).pid, flush=True)
        sys.stdin.read()
        """
    )
    client = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    kernel = psutil.Process(int(client.stdout.readline()))
    assert kernel.ppid() == server().pid
    client.kill()
    client.communicate()
    assert kernel.wait(20) is None
    assert not kernel.is_running()


def test_only_this_user_can_enter(home):
    path = wire.socket_path()
    assert path.parent.stat().st_mode & 0o077 == 0
    assert path.stat().st_mode & 0o077 == 0


def test_memory_does_not_grow_with_kernels():
    executed("1")
    before = server().memory_info().rss
    for _ in range(8):
        executed("import numpy as np; x = np.ones(10**6)")
    assert server().memory_info().rss - before < 2_000_000
    assert server().children() == []


def test_a_file_that_changed_makes_the_server_stale(tmp_path):
    module = tmp_path / "module.py"
    module.write_text("x = 1")
    known = Server(tmp_path / "socket", 0)
    assert not known._stale()
    known.watched[str(module)] = module.stat().st_mtime_ns
    assert not known._stale()
    os.utime(module, ns=(1, 1))
    assert known._stale()


def test_without_a_server_kernels_start_cold_and_it_is_said_once(home, monkeypatch, tmp_path):
    folder = tmp_path / f"mlsd-warm-{os.getuid()}"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    monkeypatch.setattr(provisioner, "_told", False)
    monkeypatch.setattr(
        "mlsd_kit.warm.client.wire.socket_path", lambda: _refused(folder), raising=True
    )

    async def cold():
        manager = WarmKernelManager(kernel_name="python3")
        manager.kernel_spec.metadata["kernel_provisioner"] = {"provisioner_name": "mlsd-warm"}
        await manager.start_kernel()
        parent = psutil.Process(manager.provisioner.pid).ppid()
        await manager.shutdown_kernel(now=True)
        return isinstance(manager.provisioner, WarmProvisioner), parent

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(2):
            assert asyncio.run(cold()) == (True, os.getpid())
    said = [str(w.message) for w in told if "start cold" in str(w.message)]
    assert len(said) == 1
    assert "not a folder of this user alone" in said[0]


def _refused(folder):
    raise PermissionError(f"{folder} is not a folder of this user alone")


def test_a_folder_that_others_can_enter_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = tmp_path / f"mlsd-warm-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o755)
    with pytest.raises(PermissionError, match="of this user alone"):
        wire.socket_path()


def test_a_pool_of_the_same_figures_as_a_cold_kernel():
    code = (
        "import numpy as np\nfrom sklearn.linear_model import LogisticRegression\n"
        "g = np.random.default_rng(0); X = g.normal(size=(3000, 8)); "
        "y = X[:, 0] + g.normal(size=3000) > 0\n"
        "print(LogisticRegression().fit(X, y).coef_.tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert executed(code) == [done]
