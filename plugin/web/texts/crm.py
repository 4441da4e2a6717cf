"""The administrator's page of delivery to the CRM."""

TEXTS = {
    "crm.built_in": ("組み込みのCRM", "The built-in CRM"),
    "crm.title": ("CRM連携", "CRM"),
    "crm.replayed": (
        "もう一度送信します。数秒後に結果が反映されます。",
        "It is on its way again.",
    ),
    "crm.delivery": ("応対記録の送信", "Delivery of summaries"),
    "crm.waiting": ("送信待ち", "Waiting to go"),
    "crm.unassigned": ("顧客未選択", "Waiting for a customer"),
    "crm.dead": ("送信できなかったもの", "Could not be delivered"),
    "crm.oldest": ("最も古い送信待ち", "Oldest that waits"),
    "crm.count": ("{n}件", "{n} call", "{n} calls"),
    "crm.none_dead": ("送信できなかった応対記録はありません。", "Every summary has been delivered or is on its way."),
    "crm.since": ("登録", "Saved"),
    "crm.refused": ("送信不可", "Refused"),
    "crm.tries": ("試行", "Tries"),
    "crm.replay": ("もう一度送信", "Send again"),
    "crm.replay_of": ("{at}の通話の応対記録をもう一度送信", "Send the summary of the call of {at} again"),
    "crm.reason.no_such_customer": (
        "この顧客はCRMにありません。CRMに登録し直すか、通話を正しい顧客に付け替えてください。",
        "The CRM does not have this customer. Add the customer there, or give the call to the right one.",
    ),
    "crm.reason.other_crm": (
        "以前のCRMの顧客に付けられています。通話を現在のCRMの顧客に付け替えてください。",
        "The call was given to a customer of the former CRM. Give it to one of the present CRM.",
    ),
    "crm.to_jobs": ("定期処理", "Jobs"),
    "crm.closed": (
        "送信しないことにしました。応対記録は電話番に残っています。",
        "It is given up and will not be sent. The summary stays here.",
    ),
    "crm.failing": (
        "うち{n}件は再試行中です。",
        "{n} of them is being tried again.",
        "{n} of them are being tried again.",
    ),
    "crm.unassigned.do": (
        "オペレーターが「対応待ち」で顧客を選ぶと送信されます。",
        "sent once an operator picks the customer in the inbox.",
    ),
    "crm.oldest_of": ("最も古いもの", "oldest"),
    "crm.replay_all": ("この{n}件をもう一度送信", "Send {n} again", "Send all {n} again"),
    "crm.show_these": ("この理由だけ表示", "Show these alone"),
    "crm.show_all": ("すべて表示", "Show all"),
    "crm.letters": (
        "1件ずつ（古い順、{n}件）",
        "One by one ({n}, the oldest first)",
        "One by one ({n}, the oldest first)",
    ),
    "crm.letters.who": (
        "内容を直すには、下のリンクを担当者またはスーパーバイザーに渡してください。通話や顧客の内容は、管理者には表示されません。"
        "直して保存すると自動的に送信されます。",
        "To have one mended, pass its link to its operator or a supervisor; administrators see neither. "
        "What is mended and saved there is sent by itself.",
    ),
    "crm.call_of": ("{at} の通話", "Call of {at}"),
    "crm.author": ("記録: {name}さん", "written by {name}"),
    "crm.fields": ("項目", "fields"),
    "crm.open_call": ("通話ページ", "The call"),
    "crm.open_customer": ("顧客ページ", "The customer"),
    "crm.close": ("送信しない", "Give up"),
    "crm.close_of": ("{at}の通話の応対記録を送信しない", "Give up the summary of the call of {at}"),
    "crm.close.lead": (
        "CRMへの送信をやめます。応対記録は電話番に残り、内容を直して保存すれば送信されます。",
        "It will not be sent. The summary stays here; once it is changed and saved, it is sent after all.",
    ),
    "crm.close.why": ("理由", "Why"),
    "crm.close.choose": ("選択してください", "Please choose"),
    "crm.close.by_hand": ("CRMに手で入力した", "It was written into the CRM by hand"),
    "crm.close.not_needed": ("CRMに残す必要がない", "The CRM does not need it"),
    "crm.close.mistake": ("誤って登録した記録", "It was written by mistake"),
    "crm.close.submit": ("送信をやめる", "Do not send it"),
}
