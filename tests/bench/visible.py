"""Event accepted → visible in a real Chromium: from the hook's answer to the frame that shows the pop, or the alert."""

import statistics
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import update

from plugin.store.tables.alerts import alerts
from tests.bench import Row
from tests.bench.pop import percentile, post_event, post_ringing
from tests.bench.site import BenchSite

_WARM_UP = 3
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Notes, with the page's own clock, when the first frame after the mark's arrival has been drawn.
_WATCH = """() => {
  window.drawn = {};
  const look = () => {
    for (const [mark] of document.body.textContent.matchAll(/mark-\\d+/g)) {
      if (!(mark in window.drawn)) {
        window.drawn[mark] = 0;
        requestAnimationFrame(() => setTimeout(() => { window.drawn[mark] = Date.now(); }));
      }
    }
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""


def rows(sizes: tuple[int, ...]) -> list[Row]:
    """Ring `sizes[0]` times at one open desk, one call after the other; then raise as many alerts before a board."""
    with (
        tempfile.TemporaryDirectory() as folder,
        BenchSite(Path(folder), operators=1) as site,
        sync_playwright() as tool,
    ):
        site.fill(10_000)
        browser = tool.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=_QUIET,
        )
        context = browser.new_context(locale="ja-JP")
        context.add_cookies([{"name": "denwaban", "value": site.tokens[0], "url": site.url}])
        page = context.new_page()
        page.goto(site.url)
        page.evaluate(_WATCH)
        marks = range(sizes[0] + _WARM_UP)
        waits = [_wait_ms(site, page, mark) for mark in marks][_WARM_UP:]
        watcher = browser.new_context(locale="ja-JP")
        watcher.add_cookies([{"name": "denwaban", "value": site.supervisor(), "url": site.url}])
        board = watcher.new_page()
        board.goto(f"{site.url}/board")
        board.evaluate(_WATCH)
        alerts = [_alert_ms(site, board, mark) for mark in range(len(marks), 2 * len(marks))][_WARM_UP:]
        browser.close()
    return [_row("hook's answer to drawn in Chromium", waits), _row("an alert's to drawn on a board", alerts)]


def _row(what: str, waits: list[float]) -> Row:
    return {"what": what, "p50 ms": statistics.median(waits), "p95 ms": percentile(waits, 0.95), "most ms": max(waits)}


def _alert_ms(site: BenchSite, board: Page, mark: int) -> float:
    line = HTTPConnection("127.0.0.1", site.port, timeout=30)
    for kind in ("call.ringing", "call.answered", "alert.raised"):
        post_event(line, mark, kind, "1000", mark)
    accepted_ms = time.time() * 1000
    line.close()
    drawn = board.wait_for_function(f"() => window.drawn['mark-{mark}'] || 0", timeout=20_000).json_value()
    with site.house.store.write() as connection:
        connection.execute(update(alerts).values(closed_at=1))
    _tidy(site)
    return max(0.0, float(drawn) - accepted_ms)


def _wait_ms(site: BenchSite, page: Page, mark: int) -> float:
    line = HTTPConnection("127.0.0.1", site.port, timeout=30)
    post_ringing(line, mark, "1000", mark)
    accepted_ms = time.time() * 1000
    line.close()
    drawn = page.wait_for_function(f"() => window.drawn['mark-{mark}'] || 0", timeout=20_000).json_value()
    _tidy(site)
    return max(0.0, float(drawn) - accepted_ms)


def _tidy(site: BenchSite) -> None:
    """Close the call as its operator would: a desk on which calls pile up is another measure."""
    user_id = site.house.sessions.whose(site.tokens[0], "127.0.0.1").user_id
    for opened in site.house.calls.pops_of(user_id):
        site.house.calls.close_pop(user_id, opened.call.id)
