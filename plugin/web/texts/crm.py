"""The administrator's page of the CRM."""

TEXTS = {
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
    "crm.replay_of": ("{at}に登録した応対記録をもう一度送信", "Send the summary of {at} again"),
    "crm.reason.no_such_customer": (
        "この顧客はCRMにありません。CRMに登録し直すか、通話を正しい顧客に付け替えてください。",
        "The CRM does not have this customer. Add the customer there, or give the call to the right one.",
    ),
    "crm.reason.other_crm": (
        "以前のCRMの顧客に付けられています。通話を現在のCRMの顧客に付け替えてください。",
        "The call was given to a customer of the former CRM. Give it to one of the present CRM.",
    ),
    "crm.reason.other": (
        "CRMが受け付けませんでした。CRM側の設定を直してから、もう一度送信してください。",
        "The CRM refused it. Mend the cause there, then send it again.",
    ),
    "crm.sync": ("顧客データの同期", "Sync of customers"),
    "crm.none_run": ("まだ同期していません。", "No sync has run yet."),
    "crm.started": ("開始", "Began"),
    "crm.outcome": ("結果", "Outcome"),
    "crm.customers": ("顧客数", "Customers"),
    "crm.outcome.done": ("完了", "done"),
    "crm.outcome.failed": ("失敗", "failed"),
    "crm.outcome.running": ("実行中", "running"),
}
