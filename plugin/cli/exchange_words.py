"""What `denwaban doctor` says of an Asterisk and its ARI, in Japanese and English.

Names of files, options and classes stay as they are written there. Rows are (ja, en).
"""

# The words of connectors/calls/asterisk/findings.py; docs/connectors.md says more of each.
EXCHANGE: dict[str, tuple[str, str]] = {
    "unreachable": (
        "{at} は応答しません。manager.conf の enabled と bindaddr、ファイアウォールを確認してください",
        "nothing answers at {at}: check manager.conf (enabled, bindaddr) and the firewall",
    ),
    "not_asterisk": (
        "{at} で応答しているのは Asterisk のマネージャーではありません。ポート番号を確認してください",
        "what answers at {at} is no Asterisk manager: check the port",
    ),
    "login_refused": (
        "マネージャーのアカウントが拒否されました。名前、secret、permit を確認し、manager reload を実行してください",
        "the manager account is refused: check its name, secret and `permit`, then `manager reload`",
    ),
    "silent": (
        "{at} に接続しましたが、応答がありません。電話システムが停止しているか、過負荷の状態です",
        "connected to {at}, but no answer came: the exchange is stuck or overloaded",
    ),
    "no_lists": (
        "このアカウントではチャネルの一覧を取得できません。write に reporting を追加してください",
        "the account may not list channels: add `write = reporting`",
    ),
    "no_booted": (
        "再起動を検知できません。アカウントの read に system を追加してください",
        "restarts go unseen: add `system` to the account's `read`",
    ),
    "no_presentation": (
        "非通知かどうかが届きません。channelvars に CALLERID(num-pres) を追加してください",
        "whether a number is withheld does not arrive: add CALLERID(num-pres) to `channelvars`",
    ),
    "no_times": (
        "イベントに時刻がないため、受信した時刻で記録しています。timestampevents = yes を設定してください",
        "events are dated when they arrive: set `timestampevents = yes`",
    ),
    "no_dialplan": (
        "ダイヤルプランの進行が届きません。アカウントの read に dialplan を追加してください。"
        "それまでは録音と留守番電話を認識できず、非通知かどうかは最初の呼び出しまで決まりません",
        "steps of the dialplan do not arrive: add `dialplan` to the account's `read`; until then no "
        "recording is found, no voicemail known, and a withheld number waits for the first ring to be settled",
    ),
    "no_variables": (
        "VarSet が届きません。アカウントの eventfilter から外すか、MIXMONITOR_FILENAME、DIALSTATUS、"
        "QUEUESTATUS、VMSTATUS の VarSet を通してください。それまでは録音を認識できません",
        "VarSet does not arrive: take it out of the account's `eventfilter`, or let VarSet "
        "MIXMONITOR_FILENAME, DIALSTATUS, QUEUESTATUS and VMSTATUS through; until then no recording is found",
    ),
    "no_steps": (
        "Newexten が届きません。アカウントの eventfilter で通してください。それまでは留守番電話を認識できません",
        "Newexten does not arrive: let it through the account's `eventfilter`; until then voicemail is unknown",
    ),
    "no_agent": (
        "キューのイベントが届きません。アカウントの read に agent を追加し、eventfilter を確認してください。"
        "それまでは、どのキューで誰が待っているかを表示できません",
        "events of queues do not arrive: add `agent` to the account's `read`, and look at its `eventfilter`; "
        "until then nobody sees who waits in which queue",
    ),
    "no_bridges": (
        "BridgeEnter が届きません。アカウントの eventfilter で通してください。"
        "それまでは通話中になったことを認識できません",
        "BridgeEnter does not arrive: let it through the account's `eventfilter`; until then nobody talks",
    ),
    "no_did": (
        "FROM_DID が届きません。channelvars に追加し、ダイヤルプランで設定してください。"
        "それまでは着信した番号がわからないことがあります",
        "FROM_DID does not arrive: add it to `channelvars`, and set it in the dialplan; lines may be unknown",
    ),
    "unproven": (
        "応答しています。非通知かどうかが届くかは、通話中にしか確かめられません。通話中にもう一度実行してください",
        "it answers; whether withheld numbers are told shows only during a call: ask again then",
    ),
}

# The words of connectors/calls/asterisk/ari/check.py.
ARI: dict[str, tuple[str, str]] = {
    "unreachable": (
        "{at} は応答しません。http.conf の enabled、bindaddr、bindport を確認してください",
        "nothing answers at {at}: check http.conf (enabled, bindaddr, bindport)",
    ),
    "login_refused": (
        "ユーザーが拒否されました。ari.conf の名前とパスワードを確認し、module reload res_ari を実行してください",
        "the user is refused: check its name and password in ari.conf, then `module reload res_ari`",
    ),
    "not_allowed": (
        "このユーザーは読み取り専用です。ari.conf の read_only を外してください",
        "the user may only read: take `read_only` out of ari.conf",
    ),
    "not_ari": (
        "{at} で応答しているのは ARI ではありません。アドレスと、res_ari が読み込まれていることを確認してください",
        "what answers at {at} is no ARI: check the address and that res_ari is loaded",
    ),
    "no_stage": (
        "アプリケーションが登録されていません。denwaban listen（または denwaban serve）を実行してください",
        "nobody holds our application open: run `denwaban listen` (or `denwaban serve`)",
    ),
}

WELL = ("必要な情報はすべて届いています", "the exchange tells all that is needed")
NO_ACCOUNT = (
    "マネージャーのアカウントの username または password が設定されていません",
    "`username` or `password` of the manager account is not set",
)
NO_DIALLING = (
    "dial_username が設定されていないため、電話を代わる操作と録音の一時停止ができません",
    "`dial_username` is not set: nobody can take over or pause a recording",
)
ENTERED = ("通話に参加できます", "calls can be entered")
