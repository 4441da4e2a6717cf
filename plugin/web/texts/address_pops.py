"""What is said of pops that an address opened."""

TEXTS = {
    "desk.by_address": ("表示元", "Via"),
    "desk.by_address.explain": (
        "電話機がアドレスを開いた表示です。電話システムからの通知はまだありません。",
        "Opened by address; the phone system has not told of this call yet.",
    ),
    "address_pop.number.title": ("電話番号を読み取れませんでした", "The number cannot be read"),
    "address_pop.number.detail": (
        "電話機から渡された番号が、電話番号として読み取れませんでした。アドレスの設定を管理者にご確認ください。",
        "What the telephone put into the address is no telephone number. Please have its template checked.",
    ),
    "address_pop.no_extension.title": ("内線番号が登録されていません", "No extension is set"),
    "address_pop.no_extension.detail": (
        "あなたのアカウントに内線番号が登録されていないため、着信を表示できません。管理者に登録を依頼してください。",
        "Your account has no extension, so no call can be shown to you. Please ask an administrator to set it.",
    ),
    "address_pop.pops.title": ("短い間に開かれた回数が多すぎます", "Too many in a short time"),
    "address_pop.pops.detail": (
        "数分のうちに多くの番号が開かれたため、表示を止めました。しばらく待ってから、もう一度お試しください。",
        "Many numbers were opened within minutes, so nothing more is shown. Please wait a while.",
    ),
    "address_pop.unavailable.title": ("ただいま表示できません", "Not possible at the moment"),
    "address_pop.unavailable.detail": (
        "一時的に表示できません。少し待ってから、もう一度お試しください。",
        "Nothing can be shown for a moment. Please try again soon.",
    ),
    "address_pop.not_set_up.title": ("この機能は設定されていません", "This is not set up"),
    "address_pop.not_set_up.detail": (
        "電話機からアドレスを開く設定がありません。管理者にご確認ください。",
        "No telephone that opens an address is set up here. Please ask an administrator.",
    ),
    "address_pop.elsewhere.title": ("ほかのページから開かれました", "Opened by another page"),
    "address_pop.elsewhere.detail": (
        "電話機ではなく、ほかのウェブページから開かれたため、何も表示していません。"
        "ブラウザで動く電話をお使いの場合は、管理者に設定（from_pages）の確認を依頼してください。",
        "Another web page opened this, not your telephone, so nothing is shown. If your telephone runs in the browser,"
        " please have its setting (from_pages) checked.",
    ),
}
