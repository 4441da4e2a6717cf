"""Who may hear what at this moment, for who watches over it."""

TEXTS = {
    "frame.nav.listening": ("再生許可", "Listening"),
    "listening.title": ("有効な再生許可", "Who may listen now"),
    "listening.lead": (
        "いま録音（範囲を取り除いた録音と研修クリップを含む）を再生できる人と、その目的・根拠です。終了すると2秒以内に"
        "音が止まり、監査記録に残ります。",
        "Who may play a recording now, or a copy or clip of one, why, and on which ground. Ended here, its sound stops "
        "within two seconds; the audit keeps it.",
    ),
    "listening.ended": ("再生許可を終了しました。", "It was ended."),
    "listening.none": ("いま有効な再生許可はありません。", "Nobody may listen to anything now."),
    "listening.begun": ("再生を開始", "Has begun"),
    "listening.not_begun": ("未再生", "Not begun"),
    "listening.of_call": ("{at} の通話", "Call of {at}"),
    "listening.of_copy": ("{at} の通話の、範囲を取り除いた録音", "Copy with ranges cut out, of the call of {at}"),
    "listening.of_clip": ("研修クリップ「{title}」", "Training clip “{title}”"),
    "listening.ground.clip": ("研修のため", "for training"),
    "listening.ground.verification": ("お客様の本人確認にもとづく", "on the caller's verification"),
    "listening.ground.own_call": ("ご自身の通話", "own call"),
    "listening.ground.case": ("案件 {ref}", "case {ref}"),
    "listening.ground.check": ("録音確認の依頼", "a recording check"),
    "listening.ground.approval": ("録音確認での許可", "let listen by a recording check"),
    "listening.since": ("{since} から {until} まで", "From {since} until {until}"),
    "listening.heard_at": ("最後の再生 {at}", "Last heard {at}"),
    "listening.end": ("終了する", "End it"),
    "listening.end_of": ("{name}さんの再生許可を終了する", "End what {name} may hear"),
    "errors.grant.title": ("この許可はすでに終了しています", "It has ended already"),
    "errors.grant.detail": (
        "時間が過ぎたか、本人またはほかの担当者が先に終了しました。一覧でご確認ください。",
        "Its time is up, or somebody ended it before. Please see the list.",
    ),
}
