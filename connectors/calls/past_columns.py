"""What the columns of a list of past calls mean: guessed where headers leave no doubt, else said by the site."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from plugin.core.errors import InputError


class Column(StrEnum):
    """What a column holds. LENGTH is of the whole call, TALK of the talk."""

    ID = "id"
    DATE = "date"
    STARTED = "started"
    ANSWERED = "answered"
    ENDED = "ended"
    LENGTH = "length"
    TALK = "talk"
    DIRECTION = "direction"
    NUMBER = "number"
    FROM = "from"
    TO = "to"
    LINE = "line"
    QUEUE = "queue"
    AGENT = "agent"
    RESULT = "result"
    IGNORE = "ignore"


_HEADERS: Mapping[Column, str] = {
    Column.ID: "通話id コールid 呼id callid uniqueid linkedid",
    Column.DATE: "日付 通話日 発生日 date",
    Column.STARTED: "開始 開始日時 開始時刻 通話開始 通話開始日時 着信日時 発信日時 発着信日時 日時 時刻 start started"
    " starttime startedat datetime calldate begin",
    Column.ANSWERED: "応答 応答日時 応答時刻 通話応答日時 answer answered answertime answeredat",
    Column.ENDED: "終了 終了日時 終了時刻 通話終了 通話終了日時 切断日時 end ended endtime endedat hanguptime",
    Column.LENGTH: "全体時間 総時間 接続時間 duration totalduration durations",
    Column.TALK: "通話時間 通話秒数 会話時間 talktime billsec talkseconds callduration",
    Column.DIRECTION: "方向 発着 発着信 発着区分 発着信区分 通話種別 着発 direction calldirection calltype type",
    Column.NUMBER: "相手番号 相手先 相手先番号 顧客番号電話 お客様番号電話 電話番号 number customernumber phonenumber",
    Column.FROM: "発信元 発信者 発信番号 発信者番号 発信元番号 from caller callerid src source callingnumber",
    Column.TO: "発信先 着信先 着信番号 着信先番号 宛先 宛先番号 to callee dst destination callednumber",
    Column.LINE: "回線 回線番号 自番号 代表番号 line did ournumber trunk",
    Column.QUEUE: "窓口 キュー スキル グループ 着信グループ queue skill group",
    Column.AGENT: "担当 担当者 オペレーター オペレータ 応答者 内線 内線番号 agent operator extension user",
    Column.RESULT: "結果 応答結果 通話結果 状態 ステータス result disposition status outcome callstatus",
}


def _plain(header: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", header).casefold() if letter.isalnum())


_GUESS = {_plain(header): column for column, headers in _HEADERS.items() for header in headers.split()}


def read_columns(headers: Sequence[str], mapping: Sequence[tuple[str, str]]) -> dict[Column, int]:
    """Return the place of each column that means something. `mapping`: (column, header) pairs that win over guesses.

    Raises InputError (fact `column`): unknown_target, no_such_column, doubled_header, doubled_target, no_start_column,
    no_number_column, no_direction_column.
    """
    own: dict[int, Column] = {}
    for word, header in mapping:
        if word not in set(Column):
            raise InputError("unknown_target", column=word[:64])
        places = [place for place, written in enumerate(headers) if written == header]
        if len(places) != 1:
            raise InputError("doubled_header" if places else "no_such_column", column=header[:64])
        own[places[0]] = Column(word)
    said = set(own.values())
    found = dict(own)
    for place, header in enumerate(headers):
        guess = _GUESS.get(_plain(header))
        if place not in own and guess is not None and guess not in said:
            found[place] = guess
    columns: dict[Column, int] = {}
    for place, column in found.items():
        if column in columns and column is not Column.IGNORE:
            raise InputError("doubled_target", column=column.value)
        columns[column] = place
    _check(columns.keys())
    columns.pop(Column.IGNORE, None)
    return columns


def _check(columns: Collection[Column]) -> None:
    if Column.STARTED not in columns:
        raise InputError("no_start_column", column=Column.STARTED.value)
    if Column.NUMBER not in columns and not (Column.FROM in columns and Column.TO in columns):
        raise InputError("no_number_column", column=Column.NUMBER.value)
    if Column.DIRECTION not in columns:
        raise InputError("no_direction_column", column=Column.DIRECTION.value)
