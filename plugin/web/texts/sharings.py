"""How numbers are used together."""

TEXTS = {
    "sharing.title": ("番号の共用", "How this number is used"),
    "sharing.list": ("共用の番号", "Shared numbers"),
    "sharing.list.why": (
        "世帯や会社など、複数の方が使う番号です。通話から学習したものと、担当者が登録したものがあります。",
        "Numbers that several people use: learned from calls, or said by staff.",
    ),
    "sharing.list.none": ("共用の番号はまだありません。", "No number is known to be shared."),
    "sharing.of_number": ("番号の共用", "Number’s use"),
    "sharing.now": ("現在の区分", "Now"),
    "sharing.now.none": ("区分なし（CRMの登録どおりに扱います）", "Nothing special: what the CRM says counts"),
    "sharing.kind.personal": ("個人の番号", "One person’s"),
    "sharing.kind.household": ("世帯の番号", "A household’s"),
    "sharing.kind.company_line": ("会社の代表番号・共用回線", "A company’s line"),
    "sharing.kind.shared": ("複数の方が使う番号", "Used by several"),
    "sharing.kind.none": ("区分なし", "Nothing special"),
    "sharing.learned": ("通話から学習・{n}名", "learned from {n} caller", "learned from {n} different callers"),
    "sharing.said_by": ("{name} {at}", "{name}, {at}"),
    "sharing.and": ("{kind}（{how}）", "{kind} ({how})"),
    "sharing.change": ("区分を変更", "Change"),
    "sharing.choose": ("使われ方", "Use"),
    "sharing.back": ("登録を取り消し、学習に任せる", "Take it back: go by what calls teach"),
    "sharing.reason": ("理由", "Reason"),
    "sharing.reason.hint": (
        "例：ご家族全員が使うと伺った。履歴と監査記録に残ります。",
        "For example: the caller says that the whole family uses it. It stays in the history and the audit.",
    ),
    "sharing.save": ("保存", "Save"),
    "sharing.history": ("変更の履歴", "History"),
    "sharing.history.none": ("変更はまだありません。", "Nothing was changed so far."),
    "sharing.learned.word": ("通話から学習", "Learned from calls"),
    "sharing.effect": (
        "共用の番号では、登録が1名だけでもその方とは決めず、一致度も「中」までになります。"
        "本人確認の要件は変わりません。",
        "With a shared number nobody is taken for sure, even if the CRM has one person under it. "
        "What callers must prove stays the same.",
    ),
    "sharing.wrong.empty": ("理由を入力してください。", "Please give a reason."),
    "sharing.wrong.too_long": ("理由は255文字以内にしてください。", "A reason has at most 255 characters."),
    "sharing.wrong.control_character": ("理由に改行は使えません。", "A reason is one line of text."),
    "sharing.wrong.kind": ("使われ方を選択してください。", "Please choose a use."),
    "sharing.call": ("最新の通話", "Newest call"),
}
