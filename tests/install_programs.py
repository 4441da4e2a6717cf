"""Installs by apt the programs that tests run and pip cannot bring. Safe to run again; without root it only says what.

Exits 1 only where DENWABAN_REQUIRE=all asks for every program and one cannot be had.
"""

import os
import shutil
import subprocess
import sys

# program → Debian package
PROGRAMS = {
    "/usr/bin/chromium": "chromium",
    "/usr/sbin/mariadbd": "mariadb-server-core",
    "redis-server": "redis-server",
    "ffmpeg": "ffmpeg",
    "curl": "curl",
    "openssl": "openssl",
    "/usr/sbin/nginx": "nginx-light",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc": "fonts-noto-cjk",
}


def missing() -> list[str]:
    """Return the packages whose program (or font) is not on this machine."""
    return [package for path, package in PROGRAMS.items() if not (shutil.which(path) or os.path.exists(path))]


def main() -> int:
    """Install what is missing where that is possible, and return the exit code."""
    wanted = missing()
    if not wanted:
        sys.stdout.write("every program is here\n")
        return 0
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *wanted]
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        sys.stdout.write(f"not root, or no apt-get: tests that need these skip. As root: {' '.join(install)}\n")
        return 1 if os.environ.get("DENWABAN_REQUIRE") == "all" else 0
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], check=True, env=quiet)
    return subprocess.run(install, check=False, env=quiet).returncode


if __name__ == "__main__":
    sys.exit(main())
