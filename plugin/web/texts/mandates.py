"""The pages of mandates: who may ask for whom."""

_SCOPES = {
    "history": ("応対履歴まで", "The history"),
    "listen": ("応対履歴と録音確認の依頼", "The history and requests to listen"),
}

TEXTS = {
    "frame.nav.mandates": ("代理の登録", "Mandates"),
    "mandates.title": ("代理の登録", "Mandates"),
    "mandates.lead": (
        "お客様からの書面などで確かめた代理の方を登録します。電話では、代理の方ご自身の項目で確認がとれるまで、"
        "登録があることも含めて何も案内されません。",
        "Register whom a customer has named as his proxy, after checking his papers. By phone nothing is told, not "
        "even that there is a mandate, until the proxy is verified by answers of his own.",
    ),
    "mandates.find": ("お客様を探す", "Find a customer"),
    "mandates.code": ("お客様番号", "Customer number"),
    "mandates.code.hint": ("CRMの番号を正確に（例：C00123）", "Exactly as in the CRM, such as C00123"),
    "mandates.go": ("探す", "Find"),
    "mandates.nobody": ("この番号のお客様は見つかりません。", "No customer has this number."),
    "mandates.list": ("有効な代理と承認待ち", "In force, or waiting for approval"),
    "mandates.none": ("登録はありません。", "There is none."),
    "mandates.customer": ("お客様", "Customer"),
    "mandates.proxy": ("代理の方", "Proxy"),
    "mandates.scope": ("案内できる範囲", "How much"),
    "mandates.until": ("有効期限", "Until"),
    "mandates.through": ("{day}まで", "through {day}"),
    "mandates.of": ("{name}様の代理", "Mandates of {name}"),
    **{f"mandates.scope.{scope}": words for scope, words in _SCOPES.items()},
    "mandates.state.waiting": ("承認待ち", "Waiting for approval"),
    "mandates.state.refused": ("却下", "Refused"),
    "mandates.state.withdrawn": ("取り下げ", "Withdrawn"),
    "mandates.state.lapsed": ("承認されず期限切れ", "Not approved in time"),
    "mandates.state.in_force": ("有効", "In force"),
    "mandates.state.ended": ("終了", "Ended"),
    "mandates.state.over": ("期限切れ", "Run out"),
    "mandates.by": ("{at} 登録・{by}", "registered {at} by {by}"),
    "mandates.confirmed": ("{at} 承認・{by}", "approved {at} by {by}"),
    "mandates.waits": (
        "ほかのスーパーバイザーか個人情報管理者が承認すると有効になります。3日以内に承認されない場合は無効です。",
        "It counts once another supervisor or a privacy officer has approved it; without that, it lapses after 3 days.",
    ),
    "mandates.add": ("代理の方を登録", "Register a proxy"),
    "mandates.name": ("代理の方のお名前", "Name of the proxy"),
    "mandates.name.hint": ("書面どおりに（例：湊 直人）", "As on his papers"),
    "mandates.until.hint": ("この日の終わりまで。最長5年", "Until the end of that day; five years at the most"),
    "mandates.answers": ("代理の方ご自身の確認項目", "Answers of the proxy himself"),
    "mandates.answers.lead": (
        "代理の方ご自身のことを{n}項目以上、「本人のみ」の項目を{own}つ以上入力してください。お客様の情報は入力しないでください。"
        "保存後は、誰にも表示されません。",
        "At least {n} of them, {own} of which only he knows; about the proxy, not about the customer. Nobody will see "
        "them again once they are stored.",
    ),
    "mandates.basis": ("確認した書面", "Papers that you checked"),
    "mandates.basis.hint": (
        "承認する人に表示されます（例：7月3日付の委任状の原本）",
        "Shown to the person who approves, such as: letter of 3 July, original",
    ),
    "mandates.two": (
        "登録した人と承認した人は、この代理の方の本人確認を行えません。",
        "Neither who registers nor who approves may verify this proxy on the phone.",
    ),
    "mandates.save": ("承認を申請する", "Ask for approval"),
    "mandates.reason": ("終了する理由", "Reason for ending it"),
    "mandates.end": ("終了する", "End it"),
    "mandates.end_of": ("{name}様の代理を終了する", "End the mandate of {name}"),
    "mandates.said.registered": (
        "承認を申請しました。承認されると有効になります。",
        "Asked for approval. The mandate counts once it is given.",
    ),
    "mandates.said.ended": (
        "代理を終了しました。通話中の確認も取り消されました。",
        "The mandate has ended; whatever was proved under it counts no longer.",
    ),
    "mandates.wrong.name": ("代理の方のお名前を入力してください。", "Give the proxy’s name."),
    "mandates.wrong.scope": ("案内できる範囲を選んでください。", "Choose how much he may be told."),
    "mandates.wrong.valid_until": (
        "有効期限は、今日から5年以内の日付を入力してください。",
        "Give a day from today to five years from now.",
    ),
    "mandates.wrong.answer": (
        "読み取れない項目があります。表記を確かめて、もう一度入力してください：{item}",
        "This cannot be read in exactly one way; please type the answers again: {item}",
    ),
    "mandates.wrong.too_few": (
        "確認項目が足りません。代理の方ご自身の項目を{n}つ以上、「本人のみ」の項目を{own}つ以上入力してください。",
        "Too few answers: give {n} or more, {own} of which only the proxy knows.",
    ),
    "mandates.wrong.too_many": (
        "代理の方がすでに5名います（承認待ちを含む）。不要なものを終了してから登録してください。",
        "There are five mandates already, with those that wait; end one first.",
    ),
    "mandates.wrong.reason": (
        "終了する理由を200文字以内で入力してください。",
        "Give a reason of up to 200 characters.",
    ),
    "mandates.wrong.basis": (
        "確認した書面を200文字以内で入力してください。",
        "Say which papers you checked, in 200 characters at most.",
    ),
    "mandates.wrong.approvals": (
        "承認待ちの申請が多すぎます。先の申請の結果を待ってください。",
        "Too many of your requests are waiting. Wait until some are decided.",
    ),
    "mandates.wrong.not_in_force": ("この代理は、すでに終了しています。", "This mandate is not in force any more."),
    # what the second person reads
    "approvals.kind.mandate": ("代理の登録", "A mandate"),
    "approvals.means.mandate": (
        "承認すると、この代理の方は、登録されたご自身の項目で確認がとれれば、お客様についての案内を受けられます。"
        "お客様の書面を、あなたも確かめてください。承認した人は、この代理の方の本人確認を行えません。",
        "Once you approve, this proxy can be told about the customer after answering by what was registered. Look at "
        "the customer’s papers yourself. You will not be able to verify this proxy on the phone.",
    ),
    "approvals.field.mandate": ("代理の方", "Proxy"),
    "approvals.field.scope": ("案内できる範囲", "How much"),
    "approvals.field.until": ("有効期限（この日まで）", "Through"),
    "approvals.field.answers": ("確認に使う項目", "Verified by"),
    "approvals.field.seal": ("名前と項目の照合値", "SHA-256 of name and answers"),
    **{f"approvals.value.scope.{scope}": words for scope, words in _SCOPES.items()},
    "approvals.wrong.not_waiting": (
        "この代理の登録は、すでに終了しているか、承認済みです。",
        "This mandate was ended, or is approved already.",
    ),
    "approvals.wrong.too_many": (
        "このお客様の代理がすでに5名います。",
        "This customer has five mandates already.",
    ),
}
