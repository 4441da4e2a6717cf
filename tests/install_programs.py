"""Installs by apt the programs that tests run and pip cannot bring. Safe to run again; without root it only says what.

Exits 1 where one is missing and cannot be had.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

# program → Debian package
PROGRAMS = {
    "/usr/bin/chromium": "chromium",
    "/usr/sbin/mariadbd": "mariadb-server-core",
    "mariadb-dump": "mariadb-client",
    "redis-server": "redis-server",
    "ffmpeg": "ffmpeg",
    "curl": "curl",
    "openssl": "openssl",
    "/usr/sbin/nginx": "nginx-light",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc": "fonts-noto-cjk",
}
# where it cannot be had, tests of pages run in chromium, and take five times as long
QUICKER = {"chromium-headless-shell": "chromium-headless-shell"}


def missing(programs: Mapping[str, str] = PROGRAMS) -> list[str]:
    """Return the packages whose program (or font) is not on this machine."""
    return [package for path, package in programs.items() if not (shutil.which(path) or os.path.exists(path))]


def main() -> int:
    """Install what is missing where that is possible, and return the exit code."""
    wanted, quicker = missing(), missing(QUICKER)
    if not wanted + quicker:
        sys.stdout.write("every program is here\n")
        return 0
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends"]
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        command = " ".join(install + wanted + quicker)
        sys.stdout.write(f"not root, or no apt-get: tests that need these fail, or are slow. As root: {command}\n")
        return 1 if wanted else 0
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], check=bool(wanted), env=quiet)
    code = subprocess.run(install + wanted, check=False, env=quiet).returncode if wanted else 0
    subprocess.run(install + quicker, check=False, env=quiet)
    return code


if __name__ == "__main__":
    sys.exit(main())
