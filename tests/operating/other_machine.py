"""``tongxing`` as on another machine: another version is installed there, as far as its metadata
says, and what the machine keeps lies on a small disk of its own, if this account may mount one.

Run as ``python -m``: the arguments are the folder of what is installed, the state that is put on
the disk, the folder of the disk, and those of ``tongxing``.
"""

import ctypes
import os
import re
import runpy
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from shutil import copytree

VERSION = "0.0.1"
DISK_BYTES = 32 * 2**20

_NEW_MOUNTS, _NEW_USERS = 0x0002_0000, 0x1000_0000
_MOUNTED = f"mount --make-rprivate / && mount -t tmpfs -o size={DISK_BYTES},mode=0700 small "


def install(folder: Path) -> None:
    """What an installer writes about the version; the program is the same."""
    found, about = distribution("tongxing"), folder / f"tongxing-{VERSION}.dist-info"
    about.mkdir(parents=True)
    for name in ("METADATA", "entry_points.txt"):
        text = found.read_text(name) or ""
        written = re.sub(r"^Version: .*$", f"Version: {VERSION}", text, flags=re.MULTILINE)
        (about / name).write_text(written, "utf-8")


def may_mount(folder: Path) -> bool:
    """Whether ``mount`` can do so; looked at in a process of its own."""
    users = () if os.geteuid() == 0 else ("--map-root-user",)
    command = ["unshare", "--mount", *users, "sh", "-c", f"{_MOUNTED} {folder}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def mount(folder: Path) -> None:
    """Seen by this process alone, which has one thread."""
    owner, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_MOUNTS if owner == 0 else _NEW_MOUNTS | _NEW_USERS) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    if owner != 0:
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        Path("/proc/self/uid_map").write_text(f"0 {owner} 1", "ascii")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1", "ascii")
    subprocess.run(["sh", "-c", f"{_MOUNTED} {folder}"], check=True)


def _run() -> None:
    installed, state, disk = (Path(sys.argv.pop(1)) for _ in range(3))
    sys.path.insert(0, str(installed))
    if may_mount(disk):
        mount(disk)
    copytree(state, disk, dirs_exist_ok=True)
    runpy.run_module("tongxing.gateway.cli", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _run()
