"""The administrator's page of phone systems."""

TEXTS = {
    "frame.nav.sources": ("電話システム", "Phone systems"),
    "sources.title": ("電話システム", "Phone systems"),
    "sources.none": (
        "電話システムがまだ設定されていません。設定ファイルの [sources] に追加してください。",
        "No phone system is set up yet. Add one under [sources] in the settings.",
    ),
    "sources.by.hook": ("先方から通知を受け取ります", "it posts to us"),
    "sources.by.stream": ("こちらから接続しています", "we connect to it"),
    "sources.by.folder": ("フォルダーの録音を照合します", "it leaves recordings in a folder"),
    "sources.by.address": ("電話機がアドレスを開きます", "soft phones open an address"),
    "sources.word.fine": ("通話を受け取っています。", "It tells of calls."),
    "sources.word.folder": ("録音ファイルを定期的に確認しています。", "Its files are looked at regularly."),
    "sources.word.silent": (
        "通話の通知がまだありません。一度電話をかけても届かないときは、設定と署名キーやパスワードをご確認ください。",
        "It has told of no call yet. Ring once; if nothing comes, check what it may tell, and its secret or password.",
    ),
    "sources.word.wrong": (
        "設定に誤りがあります。サーバーで denwaban doctor を実行してご確認ください。",
        "A setting is wrong. Run “denwaban doctor” on the server.",
    ),
    "sources.heard": ("最後の通話", "Last call"),
    "sources.calls": ("24時間の通話", "Calls in 24 hours"),
    "sources.answered": ("うち応答", "answered"),
    "sources.open": ("通話中・呼出中", "going on"),
    "sources.files": ("通話が決まらない録音", "Recordings whose call is not known"),
    "sources.files.count": ("{n}件", "{n}", "{n}"),
    "sources.files.lead": (
        "時刻と内線番号だけでは、どの通話の録音か決められませんでした。分かる場合だけ通話を選んでください。推測では結び付けないでください。",
        "Time and telephone did not say which call these are of. Choose one only where you know; please do not guess.",
    ),
    "sources.files.at": ("内線 {extension}", "extension {extension}"),
    "sources.files.whose": ("この録音の通話", "The call it is of"),
    "sources.files.choose": ("通話を選んでください", "Choose a call"),
    "sources.files.none": (
        "この時間帯に、この内線の通話は見つかりません。",
        "No call of that telephone is known around then.",
    ),
    "sources.word.opens": (
        "電話機がアドレスを開いた着信を表示します。",
        "It shows callers where telephones open an address.",
    ),
    "sources.files.give": ("この通話の録音にする", "Give it to this call"),
    "sources.files.dismiss": ("どの通話でもない", "It is of no call"),
    "sources.direction.inbound": ("着信", "in"),
    "sources.direction.outbound": ("発信", "out"),
    "sources.direction.internal": ("内線", "internal"),
    "sources.given": ("録音を通話に結び付けました。", "The recording is given to the call."),
    "sources.dismissed": ("録音を一覧から外しました。", "The recording is off the list."),
}
