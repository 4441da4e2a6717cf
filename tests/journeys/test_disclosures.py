"""A disclosure from its receipt to the letter, by two people in two browsers, and the audit that shows it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from plugin.store.tables.audit import audit_lines, audit_remarks
from tests.kit.browser import Look, overflows, ready, sign_in, violations, visitor
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.disclosures import CONTACT, NAME, SENDER, Bureau
from tests.kit.rows import rows
from tests.kit.site import Site

pytestmark = pytest.mark.needs("chromium")
REST = (Look("ja", 360), Look("ja", 1280, "dark"), Look("en", 1280), Look("en", 360, forced_colors=True))


def take_in(page: Page, site: Site, bureau: Bureau) -> str:
    page.goto(f"{site.url}/disclosures")
    page.click("a[href='/disclosures/new']")
    page.fill("#name", NAME)
    page.fill("#contact", CONTACT)
    page.fill("#reason", "やり取りを確かめたい")
    page.fill("#call_on", bureau.today.isoformat())
    page.fill("#operator", "田中さん")
    page.fill("#gist", "遅れた荷物の配送の件")
    page.click("main form button.primary")
    return ready(page, "h1 .case-number").inner_text()


def find_the_call(page: Page) -> None:
    for kind in ("licence", "resident_record"):
        page.select_option("#paper", kind)
        page.fill("#dated_on", "2026-10-01")
        page.click("form[action$='/papers'] button")
        expect(page.locator("#identity tbody tr")).to_have_count(1 if kind == "licence" else 2)
    page.click("#search a.button")
    page.click("form[role=search] button")
    best = ready(page, ".found-call").first
    expect(best).to_contain_text("担当者が一致")
    expect(best).not_to_contain_text("鈴木")  # what was written is not shown before the call belongs to the case
    best.locator("input").focus()
    page.keyboard.press("Space")
    page.fill("#reason", "日時と担当者、用件が一致")
    page.click(".found-end button")


def check_and_propose(page: Page) -> None:
    page.click("#check a.button")
    ready(page, "#checking")
    page.check("[name=third_party][value=some]")
    page.fill("#note", "隣人の姓")
    page.check("[name=audio][value=nothing]")
    page.check("[name=part][value=request]")
    page.fill("#leave_out", "鈴木さん")
    page.click("form button.primary")
    expect(ready(page, ".notice.is-bad")).to_contain_text("伏せる言葉")  # it stands otherwise in the record
    page.fill("#leave_out", "鈴木")
    page.click("form button.primary")
    ready(page, "#decision")
    page.check("[name=decision][value=partial]")
    page.select_option("#ground", "rights")
    page.fill("#words", "隣人のお名前が含まれるため")
    page.fill("#for-second", "ご確認ください")
    page.click("form[action$='/proposal'] button")
    expect(ready(page, "#decision .proposal")).to_contain_text("確認待ち")


def agree(page: Page, url: str) -> None:
    page.goto(url)
    page.click("button[name=seat][value=second]")
    page.fill("#decide-reason", "文面と通話を確かめた")
    page.click("button[name=answer][value=agree]")
    expect(ready(page, "#decision .proposal")).to_contain_text("決定済み")


def answer(page: Page, url: str) -> None:
    page.goto(url)
    page.click("form[action$='/letter'] button")
    page.click("#letter a.button")
    letter = ready(page, ".sheet-paper")
    for words in ("一部開示決定通知書", NAME, "第33条第2項第1号", "隣の■■■様宅", "株式会社みどり通販"):
        expect(letter).to_contain_text(words)
    expect(letter).not_to_contain_text("鈴木")
    page.emulate_media(media="print")
    expect(page.locator(".bar")).to_be_hidden()
    page.emulate_media(media="screen")
    page.goto(url)
    for what in ("letter", "text"):
        page.select_option("#what", what)
        page.select_option("#delivery-way", "restricted_mail")
        page.click("form[action$='/deliveries'] button")
        expect(page.locator("#delivery tbody tr")).to_have_count(1 if what == "letter" else 2)
    page.click("form[action$='/close'] button")
    expect(ready(page, ".notice.is-good").first).to_contain_text("終了しました")


def test_from_intake_to_letter_by_two_people_with_the_audit_to_show_it(
    browser: Browser, tmp_path: Path, clock: HandClock
) -> None:
    with Site(tmp_path, clock, **SENDER) as site, visitor(browser) as hers, visitor(browser) as his:
        bureau = Bureau(site, Office(site, clock))
        hara, kubo = sign_in(hers, site, "hara"), sign_in(his, site, "kubo")
        number = take_in(hara, site, bureau)
        url = hara.url.partition("?")[0]
        find_the_call(hara)
        check_and_propose(hara)
        agree(kubo, url)
        answer(hara, url)
        told = rows(site.house.store, audit_lines)
        acts = [line.act for line in told if line.act.startswith(("case.", "disclosure.", "approval."))]
        assert [act for act in acts if act != "disclosure.shown"] == [
            "case.opened",
            *["disclosure.identified"] * 2,
            "disclosure.searched",
            "case.call_added",
            "disclosure.checked",
            "approval.asked",
            "disclosure.proposed",
            "disclosure.joined",
            "approval.decided",
            "approval.used",
            "disclosure.decided",
            "disclosure.answered",
            *["disclosure.delivered"] * 2,
            "case.closed",
        ]
        people = {line.act: line.user_id for line in told}
        assert people["disclosure.proposed"] == bureau.hara.user_id
        assert people["disclosure.decided"] == bureau.kubo.user_id
        written = "".join(line.body for line in told) + "".join(map(str, rows(site.house.store, audit_remarks)))
        assert not [word for word in (NAME, CONTACT.splitlines()[0], "荷物", "鈴木") if word in written]
        kubo.goto(f"{site.url}/audit")
        expect(ready(kubo, "main")).to_contain_text("開示の可否を決定")
        kubo.goto(f"{site.url}/disclosures")
        expect(ready(kubo, "#closed-cases")).to_be_visible()
        expect(kubo.locator("main")).to_contain_text(number)
        expect(kubo.locator("main")).not_to_contain_text(NAME)


@pytest.mark.parametrize(
    "look",
    [Look("ja"), Look("en", 360, "dark"), *(pytest.param(look, marks=pytest.mark.soak) for look in REST)],
    ids=str,
)
def test_its_pages_break_no_rule(browser: Browser, tmp_path: Path, look: Look, clock: HandClock) -> None:
    with Site(tmp_path, clock, **SENDER) as site, visitor(browser, look) as context:
        bureau = Bureau(site, Office(site, clock))
        bureau.office.speak(bureau.hara, look.lang)
        waiting, decided = bureau.found(), bureau.decided()
        bureau.check(waiting)
        bureau.propose(waiting)
        page = sign_in(context, site, "hara")
        for path in ("", "/new", f"/{waiting}", f"/{decided}", f"/{decided}/calls/{bureau.past}", f"/{decided}/letter"):
            page.goto(f"{site.url}/disclosures{path}")
            assert violations(page) == [], path
            assert not overflows(page), path
