"""The words of a summary in Japanese and English: topics, dispositions, headings; pages and the CRM show the same."""

_WORDS: dict[str, tuple[str, str]] = {
    # topics
    "order": ("ご注文", "Order"),
    "delivery": ("配送", "Delivery"),
    "billing": ("ご請求・お支払い", "Billing and payment"),
    "product": ("商品について", "Product"),
    "return": ("返品・交換", "Return or exchange"),
    "claim": ("ご意見・苦情", "Complaint"),
    "cancel": ("解約・キャンセル", "Cancellation"),
    "address": ("住所・連絡先の変更", "Change of address"),
    "account": ("会員登録・ログイン", "Account and sign-in"),
    "other": ("その他", "Other"),
    # dispositions
    "solved": ("解決済み", "Solved"),
    "informed": ("ご案内のみ", "Information given"),
    "follow_up": ("要対応", "Follow-up needed"),
    "escalated": ("上席へ引き継ぎ", "Escalated"),
    "unreachable": ("不在・つながらず", "Not reached"),
    "wrong_number": ("間違い電話", "Wrong number"),
    # headings
    "call": ("電話応対", "Phone call"),
    "request": ("用件", "Request"),
    "response": ("対応", "Response"),
    "promise": ("約束", "Promise"),
    "next_step": ("次回", "Next step"),
    "disposition": ("対応結果", "Disposition"),
    "due": ("期限", "due"),
}


def word(code: str, lang: str) -> str:
    """Return the word for `code` in `lang` (ja, else English); a code of the site's own is shown as it is written."""
    known = _WORDS.get(code)
    return code if known is None else known[0 if lang == "ja" else 1]
