"""What pages and problem documents say when something cannot be done: what happened, what is safe, what to do."""

TEXTS = {
    "errors.back": ("前の画面に戻る", "Go back"),
    "errors.home": ("着信画面を開く", "Open the desk"),
    "errors.reference": ("お問い合わせ番号", "Reference"),
    "errors.input.title": ("入力内容を読み取れませんでした", "What was sent cannot be read"),
    "errors.input.detail": (
        "送信された内容は保存されていません。内容をご確認のうえ、もう一度お試しください。",
        "Nothing of it was stored. Please check it and try again.",
    ),
    "errors.too_large.title": ("データが大きすぎます", "Too much data"),
    "errors.too_large.detail": (
        "受け付けられる上限を超えたため、保存されていません。内容を減らしてお試しください。",
        "It is over the limit and was not stored. Please send less.",
    ),
    "errors.not_signed_in.title": ("サインインが必要です", "Please sign in"),
    "errors.not_signed_in.detail": (
        "サインインしていないか、サインインの有効期限が切れました。保存済みの内容は失われていません。",
        "You are not signed in, or your session has ended. What was saved is safe.",
    ),
    "errors.denied.title": ("この操作は許可されていません", "You may not do this"),
    "errors.denied.detail": (
        "担当の権限ではこの操作を行えません。必要な場合はスーパーバイザーにご相談ください。",
        "Your role does not allow it. If you need it, please ask your supervisor.",
    ),
    "errors.form_expired.title": ("画面の有効期限が切れました", "This page has expired"),
    "errors.form_expired.detail": (
        "安全のため、送信内容を受け付けませんでした。前の画面を再読み込みして、もう一度送信してください。",
        "To be safe, what was sent was not taken. Please reload the page before and send it again.",
    ),
    "errors.step_up.title": ("パスワードの再確認が必要です", "Please give your password again"),
    "errors.step_up.detail": (
        "この操作の前に、本人であることをもう一度ご確認ください。",
        "Please confirm that it is you before doing this.",
    ),
    "errors.not_found.title": ("ページが見つかりません", "There is no such page"),
    "errors.not_found.detail": (
        "アドレスが正しくないか、表示する権限がありません。",
        "The address is wrong, or you may not see what is there.",
    ),
    "errors.conflict.title": ("内容がすでに変わっています", "It has changed meanwhile"),
    "errors.conflict.detail": (
        "ほかの操作と重なったため、実行しませんでした。画面を再読み込みして、最新の内容をご確認ください。",
        "It was not done because something else came first. Please reload the page and look at what is there now.",
    ),
    "errors.not_your_call.title": ("担当のお電話ではありません", "This is not your call"),
    "errors.not_your_call.detail": (
        "お電話を受けた方だけが操作できます。何も変更していません。",
        "Only who took the call can do this. Nothing was changed.",
    ),
    "errors.newer_version.title": ("ほかの画面で先に保存されました", "It was saved elsewhere meanwhile"),
    "errors.newer_version.detail": (
        "入力した内容は下書きとして残っています。画面を再読み込みして、最新の内容をご確認ください。",
        "What you typed is kept as a draft. Please reload the page and look at what is there now.",
    ),
    "errors.customer_gone.title": ("このお客様はCRMから削除されています", "This customer is gone from the CRM"),
    "errors.customer_gone.detail": (
        "選択は変更していません。ほかのお客様を検索してください。",
        "Nothing was changed. Please look up the customer who replaced this one.",
    ),
    "errors.not_in_list.title": ("一覧にない言葉です", "That is not in the list"),
    "errors.not_in_list.detail": (
        "用件の種類と対応結果は、一覧から選んでください。まだ保存していません。",
        "Please pick topic and disposition from their lists. Nothing is saved yet.",
    ),
    "errors.due_without_promise.title": ("約束の内容がありません", "The promise is missing"),
    "errors.due_without_promise.detail": (
        "期日を入れるときは、約束の内容も書いてください。まだ保存していません。",
        "A due date needs the promise it is for. Nothing is saved yet.",
    ),
    "errors.empty_note.title": ("まだ何も書かれていません", "Nothing is written yet"),
    "errors.empty_note.detail": (
        "用件の種類か内容を入れてから保存してください。",
        "Please give a topic or some text, then save.",
    ),
    "errors.limit_reached.title": ("試行回数の上限に達しました", "Too many tries"),
    "errors.limit_reached.detail": (
        "しばらく時間をおいてから、もう一度お試しください。",
        "Please wait a while and try again.",
    ),
    "errors.unavailable.title": ("ただいま処理できません", "Not possible at the moment"),
    "errors.unavailable.detail": (
        "一時的な問題です。保存済みの内容は失われていません。少し待ってから、もう一度お試しください。",
        "This is temporary, and what was saved is safe. Please try again in a moment.",
    ),
    "errors.moving.title": ("データベースの移行中です", "The site is being moved"),
    "errors.moving.detail": (
        "いまは保存や記録ができません。お客様の情報を開くと閲覧の記録が必要なため、一部の画面も開けません。"
        "入力した内容はそのまま残し、数分後にもう一度お試しください。",
        "Nothing can be saved for a few minutes, and pages whose reading must be recorded stay shut. "
        "Leave what you typed where it is and try again then.",
    ),
    "errors.moved.title": ("データベースの移行が完了しました", "The site has moved"),
    "errors.moved.detail": (
        "システム管理者が新しい設定で再起動するまで、保存や記録ができません。入力した内容はそのまま残してお待ちください。",
        "Nothing can be saved until your administrator has restarted it with its new setting. "
        "Please leave what you typed where it is.",
    ),
    "errors.setting.title": ("設定に問題があります", "A setting is wrong"),
    "errors.setting.detail": (
        "システム管理者に「denwaban doctor」の実行をご依頼ください。",
        "Please ask your administrator to run “denwaban doctor”.",
    ),
    "errors.outside.title": ("連携先のシステムが応答しません", "A connected system does not answer"),
    "errors.outside.detail": (
        "連携先の復旧後に自動で再送します。保存済みの内容は失われていません。",
        "What was saved is safe, and is sent again when the system is back.",
    ),
    "errors.method.title": ("この方法では利用できません", "Not with this method"),
    "errors.method.detail": (
        "このアドレスは別の方法で呼び出す必要があります。",
        "This address exists, but is called in another way.",
    ),
    "errors.internal.title": ("予期しない問題が起きました", "Something went wrong"),
    "errors.internal.detail": (
        "問題は記録されました。保存済みの内容は失われていません。"
        "繰り返し起きる場合は、お問い合わせ番号をシステム管理者にお知らせください。",
        "It has been logged, and what was saved is safe. If it comes back, give the reference to your administrator.",
    ),
}
