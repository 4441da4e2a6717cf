"""What goes into an org: well-formed, as Salesforce documents it, and with our address in it and no other."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as Tree

import pytest

from plugin.cli import cli
from plugin.cli.salesforce_files import open_cti, read_address, voice_extension
from plugin.core.errors import SettingError
from tests.kit.command import Runner
from tests.kit.disk import full_at
from tests.kit.embed import ORG

ADDRESS = "https://calls.example.co.jp"
METADATA = "{http://soap.sforce.com/2006/04/metadata}"
FILES = {"open-cti": open_cti(ADDRESS), "voice-extension": voice_extension(ADDRESS)}


def _members(made: dict[str, str]) -> dict[str, str]:
    root = Tree.fromstring(made["manifest/package.xml"])
    return {
        one.findtext(f"{METADATA}name", ""): one.findtext(f"{METADATA}members", "")
        for one in root.findall(f"{METADATA}types")
    }


def test_the_call_centre_has_every_required_item_in_order() -> None:
    root = Tree.fromstring(FILES["open-cti"]["Denwaban.callcenter.xml"])
    (section,) = root.findall("section")
    assert (root.tag, section.get("name"), section.get("sortOrder")) == ("callCenter", "reqGeneralInfo", "0")
    items = {item.get("name"): (item.get("sortOrder"), item.text) for item in section}
    assert [place for place, _ in items.values()] == [str(n) for n in range(len(items))]
    assert items["reqInternalName"] == ("0", "Denwaban")  # these two places are fixed
    assert items["reqDisplayName"][0] == "1"
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,39}", items["reqInternalName"][1] or "")
    assert items["reqUseApi"][1] == "true"
    assert items["reqAdapterUrl"][1] == "/apex/DenwabanSoftphone"
    assert items["reqSalesforceCompatibilityMode"][1] == "Lightning"
    assert all((items[name][1] or "").isdigit() for name in ("reqSoftphoneHeight", "reqSoftphoneWidth"))


@pytest.mark.parametrize("command", FILES)
def test_every_xml_is_well_formed_and_names_the_metadata_namespace(command: str) -> None:
    for path, text in FILES[command].items():
        if path.endswith((".xml", ".page")):
            root = Tree.fromstring(text.replace("apex:page", "page"))
            assert path.endswith((".callcenter.xml", ".page")) or root.tag.startswith(METADATA), path
        if path.endswith(".json"):
            assert json.loads(text)["packageDirectories"] == [{"path": "force-app", "default": True}]


@pytest.mark.parametrize("command", FILES)
def test_nothing_is_left_to_fill_in_and_nobody_elses_address_is_in_it(command: str) -> None:
    said = "\n".join(FILES[command].values())
    assert "__" not in re.sub(r"(lightning|standard)__\w+", "", said)
    assert set(re.findall(r"https?://[\w.:-]+", said)) == {ADDRESS, "http://soap.sforce.com"}


def test_the_manifest_names_what_is_in_the_folder() -> None:
    assert _members(FILES["open-cti"]) == {
        "ApexPage": "DenwabanSoftphone",
        "StaticResource": "DenwabanSoftphone",
    }
    assert _members(FILES["voice-extension"]) == {
        "CspTrustedSite": "Denwaban",
        "LightningComponentBundle": "denwaban",
    }


def test_the_component_stands_in_the_utility_bar_and_on_a_voice_page_and_may_frame_us_only() -> None:
    made = {path.rpartition("/")[2]: text for path, text in FILES["voice-extension"].items()}
    meta = Tree.fromstring(made["denwaban.js-meta.xml"])
    targets = [one.text for one in meta.iter(f"{METADATA}target")]
    assert targets == ["lightning__UtilityBar", "lightning__VoiceExtension"]
    trusted = Tree.fromstring(made["Denwaban.cspTrustedSite-meta.xml"])
    facts = {one.tag.removeprefix(METADATA): one.text for one in trusted}
    assert (facts["endpointUrl"], facts["context"]) == (ADDRESS, "LEX")
    assert [name for name, said in facts.items() if name.startswith("isApplicable") and said == "true"] == [
        "isApplicableToFrameSrc"
    ]


def test_records_are_opened_by_id_and_no_number_is_ever_searched() -> None:
    said = "\n".join(text for made in FILES.values() for text in made.values())
    assert "earchAndScreenPop" not in said
    assert said.count("recordId: data.record") == 2


def test_a_browser_would_show_it_or_it_is_not_made() -> None:
    assert read_address(f"{ADDRESS}/", [ORG]) == ADDRESS
    for url, origins, setting in (
        (ADDRESS, [], "DENWABAN_EMBED_ORIGINS"),
        ("http://calls.example.co.jp", [ORG], "DENWABAN_PUBLIC_URL"),
        (f"{ADDRESS}/below", [ORG], "DENWABAN_PUBLIC_URL"),
    ):
        with pytest.raises(SettingError) as refused:
            read_address(url, origins)
        assert refused.value.facts["setting"] == setting


@pytest.mark.parametrize("command", FILES)
def test_the_command_writes_a_new_folder_and_never_into_an_old_one(tmp_path: Path, command: str) -> None:
    given = {"DENWABAN_PUBLIC_URL": ADDRESS, "DENWABAN_EMBED_ORIGINS": json.dumps([ORG])}
    run = Runner(env=given)
    out = tmp_path / "org"
    first = run.invoke(cli, ["salesforce", command, "--out", str(out)])
    assert first.exit_code == 0, first.output
    written = {str(path.relative_to(out)): path.read_text("utf-8") for path in out.rglob("*") if path.is_file()}
    assert written == FILES[command]
    again = run.invoke(cli, ["salesforce", command, "--out", str(out)])
    assert again.exit_code == 1
    assert "new folder" in again.output


def test_without_an_org_the_command_says_which_setting(tmp_path: Path) -> None:
    run = Runner(env={"DENWABAN_PUBLIC_URL": ADDRESS, "DENWABAN_EMBED_ORIGINS": None})
    said = run.invoke(cli, ["salesforce", "open-cti", "--out", str(tmp_path / "org")])
    assert said.exit_code == 2
    assert "DENWABAN_EMBED_ORIGINS" in said.output
    assert not (tmp_path / "org").exists()


def test_a_disk_that_is_full_leaves_no_half_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENWABAN_PUBLIC_URL", ADDRESS)
    monkeypatch.setenv("DENWABAN_EMBED_ORIGINS", json.dumps([ORG]))
    words = ["salesforce", "open-cti", "--out", str(tmp_path / "new" / "org")]
    with full_at(200):
        full = Runner().invoke(cli, words)
    assert (full.exit_code, full.output) == (2, "denwaban: File too large\n")
    assert list((tmp_path / "new").iterdir()) == []
    assert Runner().invoke(cli, words).exit_code == 0
