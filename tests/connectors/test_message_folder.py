"""The folder of messages: whole files that nobody else may read; and the registry of carriers."""

import stat
from pathlib import Path

import pytest

from connectors.messages.folder import FolderSender
from connectors.messages.registry import CARRIERS, open_sender
from plugin.core.errors import OutsideError, SettingError
from plugin.core.ports import MessageWay, ShortMessage

MESSAGE = ShortMessage(MessageWay.SMS, "+819012345678", "確認コードは 123456 です。", "ja", 300)


def test_a_message_is_a_file_of_the_services_own(tmp_path: Path) -> None:
    sender = open_sender("folder", tmp_path, {})
    first, second = sender.send(MESSAGE), sender.send(MESSAGE)
    folder = tmp_path / "messages"
    assert sorted(path.name for path in folder.iterdir()) == sorted({first, second})
    assert (folder / first).read_text("utf-8") == f"sms\n+819012345678\nja\n300\n\n{MESSAGE.text}\n"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / first).stat().st_mode) == 0o600
    assert sender.ways == set(MessageWay)


def test_a_folder_that_others_may_open_takes_no_message(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    sender = FolderSender(tmp_path, {"folder": str(folder)})
    with pytest.raises(OutsideError, match="folder") as refused:
        sender.send(MESSAGE)
    assert "perhaps" not in refused.value.facts
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutsideError, match="folder"):
        FolderSender(tmp_path, {"folder": str(tmp_path / "file" / "x")}).send(MESSAGE)


def test_unknown_carriers_and_options_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="unknown_messages") as refused:
        open_sender("pigeon", tmp_path, {})
    assert set(CARRIERS) <= set(refused.value.facts["known"].split(","))
    with pytest.raises(SettingError, match="unknown"):
        open_sender("folder", tmp_path, {"colour": "red"})
