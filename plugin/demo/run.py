"""Runs the demo: builds its site, serves it as a child process, and plays calls until told to stop."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
import requests

from plugin.core.errors import SettingError
from plugin.demo.live import play
from plugin.demo.mobile import watch
from plugin.demo.people import answers_of
from plugin.demo.post import Poster
from plugin.demo.script import SOURCE, Scene, live_scenes
from plugin.demo.stage import Stage, build
from plugin.demo.walk import Step, Walk
from plugin.settings import load
from plugin.wiring import now

_READY_WITHIN_S = 180  # a busy machine is no failure
_LAST_LINES = 5
_END_WITHIN_S = 20
_GUIDE = """\
  内線101が鳴ったら sato で: 1 でお客様を選択、V で本人確認（お客様の答えは下に表示）、N でメモ、Ctrl+Enter で保存。
    確認コードを送ると、届く文面もここに表示されます。例外の申請は、kobayashi が「承認待ち」で判断します。
  過去の録音の再生は suzuki（102）で、合言葉まで確認すると試せます。
  mori は監査記録と再生許可、kanri は定期処理とユーザーの画面です。
    開示請求が1件届いています（担当 mori、決裁 ueda）。迷惑行為の報告は kobayashi の判断待ちです。

  When extension 101 rings, be sato: choose the caller with 1, verify with V (what callers answer is printed below),
    write with N, save with Ctrl+Enter. A one-time code that you send is printed here too; on an override that you ask
    for, kobayashi decides in Approvals.
  To hear a past call, be suzuki (102) and verify with the 合言葉 too. mori has the audit, kanri jobs and users.
    A written request for disclosure has come: mori works on it, ueda decides. kobayashi has a report of harassment
    to judge.
    To be two of them at once, take a private window or another browser for the second."""


class _Stopped(Exception):
    pass


def run(port: int, data_dir: Path | None, *, open_browser: bool, once: bool) -> int:
    """Run the demo until it is told to stop, or through one call (`once`); return the exit code.

    Raises SettingError where `data_dir` holds something that no demo made, or the port is taken.
    """
    stop = threading.Event()
    _stop_on_signals(stop)
    port = _free(port)
    with _folder(data_dir) as folder:
        try:
            stage = _built(folder, port, stop)
        except _Stopped:
            shutil.rmtree(folder)  # a day half made is of no use
            return 0
        with (folder / "serve.log").open("wb") as log:
            server = subprocess.Popen([sys.executable, "-m", "plugin", "serve"], stdout=log, stderr=log)
        try:
            if not _ready(stage, server, stop):
                if stop.is_set():
                    return 0
                said = (folder / "serve.log").read_text("utf-8").splitlines()  # with its folder it may soon be gone
                click.echo("\n".join(["The site did not start; it said last:", *said[-_LAST_LINES:]]), err=True)
                return 1
            _show(stage)
            if once:
                return 0 if Walk(stage, _say).run() else 1
            if open_browser and _has_a_screen():
                webbrowser.open(stage.address)
            watch(stage.messages_dir, stop, _read_out)
            poster = Poster(stage.address, SOURCE, stage.secret)
            play(live_scenes(), stage, poster, now, stop.wait, _tell)
            return 0
        finally:
            _end(server)


def _stop_on_signals(stop: threading.Event) -> None:
    def heard(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, heard)
    signal.signal(signal.SIGTERM, heard)


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    if wanted is None:
        with tempfile.TemporaryDirectory(prefix="denwaban-demo-", ignore_cleanup_errors=True) as made:
            yield Path(made)
        return
    folder = wanted.absolute()
    if folder.exists() and not folder.is_dir():
        raise SettingError("not_a_folder", setting="--data-dir")
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "demo.json").is_file():
            raise SettingError("not_a_demo_folder", setting="--data-dir")
        shutil.rmtree(folder)  # a demo made it; each run begins its day anew
    yield folder


def _free(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SettingError("port_is_taken", setting="--port") from error
        return int(probe.getsockname()[1])


def _has_a_screen() -> bool:
    # Without one, a browser of the terminal would take the place of what we say there.
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _built(folder: Path, port: int, stop: threading.Event) -> Stage:
    words = {"people": "働く人を用意", "calls": "過去の通話を用意"}

    def progress(what: str, done: int, of: int) -> None:
        if stop.is_set():
            raise _Stopped
        ends = done == of
        if ends or sys.stdout.isatty():
            click.echo(f"\r{words[what]} {done}/{of}", nl=ends)

    return build(folder, port, progress)


def _ready(stage: Stage, server: "subprocess.Popen[bytes]", stop: threading.Event) -> bool:
    deadline = time.monotonic() + _READY_WITHIN_S
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < deadline and server.poll() is None and not stop.is_set():
            try:
                if session.get(f"{stage.address}/readyz", timeout=2).ok:
                    return True
            except requests.RequestException:
                pass
            time.sleep(0.1)
    return False


def _show(stage: Stage) -> None:
    click.echo(f"\n電話番 / Denwaban  {click.style(stage.address, bold=True)}\n")
    click.echo(f"  {'login':11}{'password':18}{'role':12}{'ext.':6}name")
    for one in stage.accounts:
        click.echo(f"  {one.login:11}{one.password:18}{one.role:12}{one.extension:6}{one.name}")
    click.echo(f"\n  The same stands in {stage.note}; Ctrl-C ends everything.\n\n{_GUIDE}\n")


def _tell(scene: Scene) -> None:
    caller = scene.number or {"refused": "非通知", "payphone": "公衆電話"}.get(str(scene.withheld), "非通知")
    click.echo(f"  ☎ {caller} → {', '.join(scene.agents)}")
    for answer in answers_of(scene.number or "", load().region):
        click.echo(f"     {answer}")


def _read_out(number: str, text: str) -> None:
    click.echo(f"  ✉ {number}: {' '.join(text.split())}")


def _say(step: Step) -> None:
    mark = click.style("✓", fg="green") if step.fine else click.style("✗", fg="red")
    click.echo(f"{mark} {step.name}")


def _end(server: "subprocess.Popen[bytes]") -> None:
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
