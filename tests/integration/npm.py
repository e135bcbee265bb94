"""Packages of the npm registry, pinned, in a cache that outlives the test."""

import os
import shutil
import subprocess

from harness import skip_file

PACKAGES = ["jmap-jam@0.13.1"]
CACHE = os.environ.get("WAXSEAL_NPM_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "waxseal", "npm")


def node_modules():
    """The folder with PACKAGES; skips the file where there is no npm or no registry."""
    if not shutil.which("node") or not shutil.which("npm"):
        skip_file("node and npm are not installed (packaging/install-build-deps --tests)")
    modules = os.path.join(CACHE, "node_modules")
    stamp = os.path.join(CACHE, "installed")
    wanted = "\n".join(PACKAGES)
    if not os.path.exists(stamp) or open(stamp).read() != wanted:
        os.makedirs(CACHE, exist_ok=True)
        done = subprocess.run(["npm", "install", "--prefix", CACHE, "--no-audit", "--no-fund", "--no-save", "--ignore-scripts",
                               *PACKAGES], timeout=240, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            reason = done.stderr.splitlines()[0] if done.stderr else f"status {done.returncode}"
            skip_file(f"{', '.join(PACKAGES)} cannot be installed from the npm registry: {reason}")
        with open(stamp, "w") as out:
            out.write(wanted)
    return modules
