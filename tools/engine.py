"""A container engine for the end-to-end tests, where need be of its own.

A Docker engine that answers is used as it is. Otherwise podman runs, with all its state in a folder
that is made for the occasion and removed after it; as root on Debian it is installed when missing.
Where no registry can be reached, a stand-in for the base image is made from Debian's packages: it
carries this machine's certificates and package index, so that the real Dockerfile builds unchanged.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".e2e"
BASE = "docker.io/library/python:3.13-slim"
#: The release of Debian whose Python is the base image's.
_SUITE = "trixie"
_DEBIAN = ("podman", "buildah", "runc", "mmdebstrap", "uidmap")
_IN_BASE = "python3,python3-venv,python3-pip,ca-certificates"

# runc, because crun refuses a machine with both generations of control groups; the host's network,
# because the servers under test listen on loopback.
_CONTAINERS = """\
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
{runtime}
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "host"
log_driver = "k8s-file"
"""
_STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{state}/graph"
runroot = "{state}/run"
"""
_REGISTRIES = 'unqualified-search-registries = ["docker.io"]\n'


class Engine(NamedTuple):
    """A command that runs containers, what its environment needs, and where its API listens."""

    command: str
    environment: Mapping[str, str]
    host: str

    def run(self, *arguments: str, timeout: float = 600) -> str:
        """Runs the engine's command; returns what it prints, raises where it fails."""
        done = subprocess.run(
            [self.command, *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if done.returncode:
            tail = "\n".join(done.stderr.splitlines()[-20:])
            raise SystemExit(f"`{self.command} {' '.join(arguments)}` failed:\n{tail}")
        return done.stdout.strip()

    def has(self, image: str) -> bool:
        """Whether the image is there or can be fetched."""
        try:
            self.run("image", "inspect", image)
        except SystemExit:
            try:
                self.run("pull", "-q", image, timeout=300)
            except (SystemExit, subprocess.TimeoutExpired):
                return False
        return True


@contextlib.contextmanager
def engine() -> Iterator[Engine]:
    """The engine, ready to build and run; what was started is stopped at the end."""
    if _answers("docker", "version"):
        yield Engine("docker", {}, os.environ.get("DOCKER_HOST", ""))
        return
    if not shutil.which("podman"):
        _install(("podman", "buildah", "runc", "uidmap"))
    # The folder's path is short because a socket's path may have 108 characters.
    state = Path(tempfile.mkdtemp(prefix="oidc-e2e-"))
    try:
        with _podman(state) as podman:
            yield podman
    finally:
        _end(state)
        _remove(state)


@contextlib.contextmanager
def _podman(state: Path) -> Iterator[Engine]:
    runtime = 'runtime = "runc"' if shutil.which("runc") else ""
    texts = {
        "CONTAINERS_CONF": ("containers.conf", _CONTAINERS.format(runtime=runtime)),
        "CONTAINERS_STORAGE_CONF": ("storage.conf", _STORAGE.format(state=state)),
        "CONTAINERS_REGISTRIES_CONF": ("registries.conf", _REGISTRIES),
    }
    environment = {}
    for name, (file, text) in texts.items():
        (state / file).write_text(text, "utf-8")
        environment[name] = str(state / file)
    host = f"unix://{state}/podman.sock"
    podman = Engine("podman", environment, host)
    service = subprocess.Popen(
        ["podman", "system", "service", "--time=0", host],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(state / "podman.sock", service)
        yield podman
    finally:
        service.terminate()
        service.wait(30)
        for arguments in (("rm", "--all", "--force", "--time=0"), ("rmi", "--all", "--force")):
            with contextlib.suppress(SystemExit, subprocess.TimeoutExpired):
                podman.run(*arguments, timeout=120)


def _wait_for(socket: Path, service: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while not socket.exists():
        if service.poll() is not None or time.monotonic() > end:
            raise SystemExit("podman's service does not start")
        time.sleep(0.05)


def _end(state: Path) -> None:
    """Ends what still runs for this engine: a container's watcher may wait for ever for a reader.

    Whose they are is told by the folder of the state, which no other process has on its command
    line.
    """
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.fsencode(state) in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGTERM)


def _remove(state: Path) -> None:
    """Removes the state; the storage driver mounts its folder on itself, and may still be busy."""
    mounted = [row.split()[1] for row in Path("/proc/mounts").read_text("utf-8").splitlines()]
    for place in sorted((one for one in mounted if one.startswith(f"{state}/")), reverse=True):
        subprocess.run(["umount", "--lazy", place], capture_output=True, check=False)
    if os.geteuid():  # files of mapped users
        subprocess.run(["podman", "unshare", "rm", "-rf", str(state)], check=False)
    shutil.rmtree(state, ignore_errors=True)
    if state.exists():
        print(f"left behind: {state}")


def base_image(engine: Engine) -> bool:
    """Sees to the image that the Dockerfile begins with; returns whether it is a stand-in."""
    if engine.has(BASE):
        return False
    if os.geteuid() or not shutil.which("apt-get"):
        raise SystemExit(
            f"`{BASE}` cannot be fetched, and only root on Debian can make a stand-in for it"
        )
    if not shutil.which("mmdebstrap"):
        _install(("mmdebstrap",))
    CACHE.mkdir(exist_ok=True)
    system = CACHE / f"{_SUITE}.tar"
    if not system.exists():
        partial = system.with_suffix(".part")
        options = ["--quiet", "--variant=minbase", f"--include={_IN_BASE}", "--format=tar"]
        _must("mmdebstrap", *options, _SUITE, str(partial))
        partial.rename(system)
    engine.run("import", "-q", str(system), "localhost/system")
    _with_ways_out(engine)
    return True


def _with_ways_out(engine: Engine) -> None:
    """The stand-in's last layer: how this machine reaches its package index."""
    lines = ["[global]", *(f"{name} = {value}" for name, value in _pip_settings())]
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder)
        (context / "pip.conf").write_text("\n".join(lines) + "\n", "utf-8")
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", context / "certificates")
        (context / "Dockerfile").write_text(
            "FROM localhost/system\nCOPY pip.conf /etc/pip.conf\n"
            "COPY certificates /etc/ssl/certs/ca-certificates.crt\n",
            "utf-8",
        )
        engine.run("build", "-q", "-t", BASE, str(context))


def _pip_settings() -> Iterator[tuple[str, str]]:
    """The settings of this machine's pip that mean the same inside a container."""
    python = ROOT / ".venv" / "bin" / "python"
    listed = _must(str(python), "-m", "pip", "config", "list")
    for row in listed.splitlines():
        name, _, value = row.partition("=")
        value = value.strip("'\"")
        word = name.rpartition(".")[2]
        if word in ("index-url", "extra-index-url", "trusted-host", "proxy"):
            kept = [part for part in value.split() if not part.startswith(("file:", "/"))]
            if kept:
                yield word, " ".join(kept)
    yield "cert", "/etc/ssl/certs/ca-certificates.crt"


def browser() -> str:
    """The browser that shows the HTML report; empty where there is none and none can be had."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    if os.geteuid() or not shutil.which("apt-get"):
        return ""
    _install(("chromium", "fonts-dejavu-core"))
    return shutil.which("chromium") or ""


def _answers(*command: str) -> bool:
    try:
        return not subprocess.run(command, capture_output=True, timeout=20, check=False).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def _install(packages: Sequence[str]) -> None:
    """Debian's packages, as root; anybody else is told what is missing."""
    if os.geteuid() or not shutil.which("apt-get"):
        raise SystemExit(f"install Docker, or {', '.join(packages)}")
    print(f"installing {', '.join(packages)}", flush=True)
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    _must("apt-get", "update", "-qq")
    _must("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)


def _must(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"`{' '.join(command)}` failed:\n{done.stderr[-2000:]}")
    return done.stdout
