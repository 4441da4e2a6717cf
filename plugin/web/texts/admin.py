"""The administrator's pages: people, and how the site is."""

TEXTS = {
    "users.title": ("ユーザー", "People"),
    "users.list": ("登録済みのユーザー", "Everybody who works here"),
    "users.login": ("ログインID", "Login"),
    "users.name": ("氏名", "Name"),
    "users.role": ("権限", "Role"),
    "users.team": ("チーム", "Team"),
    "users.extension": ("内線番号", "Extension"),
    "users.extension.hint": (
        "電話機の内線番号、または電話システム上のオペレーターIDです。着信画面の表示先になります。",
        "The extension of the phone, or the agent’s id in the phone system: calls to it pop up here.",
    ),
    "users.password": ("初期パスワード", "First password"),
    "users.password.hint": (
        "12文字以上。ご本人が一度だけサインインに使い、その場でご自分のパスワードに変えます。{hours}時間で無効になります。",
        "At least 12 characters. It works once, within {hours} hours: the person then chooses one of his own.",
    ),
    "users.state": ("状態", "State"),
    "users.open": ("利用中", "open"),
    "users.closed_state": ("停止中", "closed"),
    "users.edit": ("編集", "Edit"),
    "users.edit_of": ("{name}さんを編集", "Edit {name}"),
    "users.add": ("ユーザーを追加", "Add a person"),
    "users.add.submit": ("追加する", "Add"),
    "users.prove": ("ご本人の確認へ", "Confirm that it is you"),
    "users.prove.lead": (
        "アカウントの追加と変更の前に、ご本人であることを確認します。",
        "Before an account is added or changed, please confirm that it is you.",
    ),
    "users.save": ("変更を保存", "Save"),
    "users.back": ("一覧に戻る", "Back to the list"),
    "users.close": ("利用を停止する", "Close the account"),
    "users.close.lead": (
        "停止すると、サインイン中の端末もすぐに使えなくなります。過去の記録は残ります。",
        "All sessions end at once. What the person did stays on record.",
    ),
    "users.reopen": ("利用を再開する", "Open it again"),
    "users.reopen.lead": ("再開すると、もう一度サインインできるようになります。", "The person can sign in again."),
    "users.new_password": ("新しいパスワード", "New password"),
    "users.new_password.lead": (
        "設定すると、サインイン中の端末はすべてサインアウトされます。ご本人が次に入るとき、ご自分のパスワードに変えます。",
        "All sessions of the person end when you set it. At the next sign-in the person chooses another.",
    ),
    "users.new_password.submit": ("パスワードを設定", "Set password"),
    "users.reason": ("申請の理由", "Reason for the request"),
    "users.reason.hint": (
        "オペレーター以外の権限や、そのチームの変更には、別の人の承認が必要です。承認する人に伝わる理由を入力してください。",
        "Any role but the operator’s, or its team, takes a second person’s approval. Say why, for whoever decides.",
    ),
    "users.recovery.lead": (
        "重い権限を持つアカウントです。パスワードを再設定するには、別の人の承認が必要です。",
        "This account carries weight. A second person has to approve a new password for it.",
    ),
    "users.recovery.ask": ("承認を申請する", "Ask for approval"),
    "users.factors": ("二段階認証", "Second factor"),
    "users.factors.lead": (
        "端末をなくした場合に、認証アプリ・回復コード・パスキーをすべて取り消します。ご本人に直接確かめてから行ってください。",
        "For a lost device: takes the app, the recovery codes and all passkeys away. Speak to the person first.",
    ),
    "users.factors.reset": ("二段階認証をすべて取り消す", "Take them all away"),
    "users.factors_reset": ("二段階認証を取り消しました。", "The second factors are taken away."),
    "users.sessions": ("サインイン中の端末", "Where this person is signed in"),
    "users.sessions.end": ("すべてサインアウトさせる", "Sign out everywhere"),
    "users.sessions.none": ("サインイン中の端末はありません。", "Signed in nowhere."),
    "users.sessions_ended": ("すべての端末をサインアウトさせました。", "All sessions have ended."),
    "users.added_waits": (
        "追加しました。別の人が「承認待ち」の画面で承認すると、使えるようになります。",
        "Added. It opens once somebody else approves it on the page of approvals.",
    ),
    "users.waits": (
        "権限に関わる変更を申請しました。別の人が承認すると反映されます。そのほかの変更は保存済みです。",
        "What gives weight waits for a second person’s approval. All else is saved.",
    ),
    "users.asked": ("承認を申請しました。", "A second person is asked."),
    "users.wrong.second_person": (
        "別の人の承認が必要です。まず申請してください。",
        "This takes a second person’s approval. Please ask for it first.",
    ),
    "users.wrong.reason": (
        "申請の理由を200文字以内で入力してください。",
        "Please give a reason for the request, at most 200 characters.",
    ),
    "users.added": ("ユーザーを追加しました。", "The person is added."),
    "users.changed": ("変更を保存しました。", "The change is saved."),
    "users.closed": ("利用を停止しました。", "The account is closed."),
    "users.opened": ("利用を再開しました。", "The account is open again."),
    "users.password_set": ("パスワードを設定しました。", "The password is set."),
    "users.wrong.login": (
        "ログインIDは半角の英小文字・数字・. _ @ - で、64文字以内にしてください。",
        "A login has up to 64 of the letters a–z, digits and . _ @ -",
    ),
    "users.wrong.name": ("氏名を128文字以内で入力してください。", "Please give a name of at most 128 characters."),
    "users.wrong.team": ("チーム名は64文字以内にしてください。", "A team’s name has at most 64 characters."),
    "users.wrong.extension": ("内線番号は64文字以内にしてください。", "An extension has at most 64 characters."),
    "users.wrong.role": ("権限を選んでください。", "Please choose a role."),
    "users.wrong.lang": ("表示言語を選んでください。", "Please choose a language."),
    "users.wrong.taken": (
        "このログインIDまたは内線番号は、すでに使われています。",
        "Somebody else has this login or extension.",
    ),
    "users.wrong.last_admin": (
        "最後のシステム管理者です。先に別の管理者を登録してください。",
        "This is the last administrator. Please make another one first.",
    ),
    "users.wrong.password_short": ("パスワードは12文字以上にしてください。", "A password has at least 12 characters."),
    "users.wrong.password_long": ("パスワードは256文字以内にしてください。", "A password has at most 256 characters."),
    "users.wrong.password_breached": (
        "流出したことが知られているパスワードです。別のものをお選びください。",
        "This password is known to have been breached elsewhere. Please choose another.",
    ),
    "users.wrong.password_common": (
        "推測されやすいパスワードです。別のものをお選びください。",
        "This password is easy to guess. Please choose another.",
    ),
    "health.title": ("稼働状況", "Health"),
    "health.worst.green": ("すべて正常です", "Everything works"),
    "health.worst.amber": ("確認が必要な項目があります", "Something needs a look"),
    "health.worst.red": ("対応が必要な問題があります", "Something needs a hand"),
    "health.light.green": ("正常", "fine"),
    "health.light.amber": ("確認", "look"),
    "health.light.red": ("対応", "act"),
    "health.database": ("データベース", "Database"),
    "health.database.fine": ("正常に動作しています（スキーマ {what}）。", "It works (schema step {what})."),
    "health.database.schema_behind": (
        "スキーマが古いままです。サーバーで denwaban serve を再起動してください。",
        "Its schema is old. Restart “denwaban serve” on the server.",
    ),
    "health.database.database_down": (
        "接続できません。データベースの稼働と接続設定をご確認ください。",
        "It does not answer. Check that it runs, and the setting of its address.",
    ),
    "health.database.not_writable": (
        "書き込めません。ディスクの空きと権限をご確認ください。",
        "It cannot be written. Check the disk and its permissions.",
    ),
    "health.database.moving": (
        "移行中のため、いまは書き込みを止めています。終わると自動で再開します。",
        "It is being moved, so nothing is written. It goes on by itself.",
    ),
    "health.database.moved": (
        "このサイトは移行済みです。設定 DENWABAN_DATABASE_URL を新しいデータベースにして、再起動してください。",
        "This site has moved. Set DENWABAN_DATABASE_URL to the new database and restart it.",
    ),
    "health.disk": ("ディスク", "Disk"),
    "health.disk.fine": ("空き {n} GB", "{n} GB free", "{n} GB free"),
    "health.disk.low": (
        "空きが {n} GB です。早めに容量を増やしてください。",
        "{n} GB free. Please add space soon.",
        "{n} GB free. Please add space soon.",
    ),
    "health.disk.full": (
        "空きがありません（{n} GB）。録音の取り込みと保存が止まるおそれがあります。すぐに容量を増やしてください。",
        "No space left ({n} GB). Recordings and records may not be stored. Add space now.",
        "No space left ({n} GB). Recordings and records may not be stored. Add space now.",
    ),
    "health.calls": ("電話システム", "Phone system"),
    "health.calls.heard": ("{what}: 最後の通話 {at}", "{what}: last call {at}"),
    "health.calls.silent": (
        "{what}: 通話の通知がまだありません。一度かけても届かないときは、設定と署名キーやパスワードをご確認ください。",
        "{what}: no call heard yet. Ring once; if nothing comes, check what it may tell, and its secret or password.",
    ),
    "health.calls.no_source": (
        "電話システムが設定されていません。設定 DENWABAN_SOURCES をご確認ください。",
        "No phone system is set up. See the setting DENWABAN_SOURCES.",
    ),
    "health.recordings": ("録音", "Recordings"),
    "health.recordings.key_missing": (
        "{n}件の録音は、鍵が見つからないため再生できません。denwaban keys list で足りない鍵を確認し、"
        "保管してある鍵フォルダーの控えから、モード0600で戻してください。",
        "{n} recording cannot be opened because its key is missing. See “denwaban keys list”, and put the file back"
        " from your copy of the keys folder, with mode 0600.",
        "{n} recordings cannot be opened because their key is missing. See “denwaban keys list”, and put the file back"
        " from your copy of the keys folder, with mode 0600.",
    ),
    "health.crm": ("CRMへのサインイン", "Sign-in to the CRM"),
    "health.crm.fine": (
        "証明書はあと {n}日有効です。",
        "The certificate is good for {n} more day.",
        "The certificate is good for {n} more days.",
    ),
    "health.crm.certificate_ends": (
        "証明書はあと {n}日で切れます。切れると同期も送信も止まります。新しい鍵と証明書を作り、"
        "CRM側のアプリに登録してから、設定を差し替えてください（docs/salesforce.md の手順4）。",
        "The certificate ends in {n} day; sync and delivery stop then. Make a new key and certificate, upload it to"
        " the app in the CRM, then change the setting (docs/salesforce.md, step 4).",
        "The certificate ends in {n} days; sync and delivery stop then. Make a new key and certificate, upload it to"
        " the app in the CRM, then change the setting (docs/salesforce.md, step 4).",
    ),
    "health.crm.certificate_ended": (
        "証明書の有効期限が切れています。新しい鍵と証明書を作り、CRM側のアプリに登録してから設定を差し替えてください"
        "（docs/salesforce.md の手順4）。",
        "The certificate has ended. Make a new key and certificate, upload it to the app in the CRM, then change the"
        " setting (docs/salesforce.md, step 4).",
    ),
    "health.crm.certificate_unreadable": (
        "証明書または鍵のファイルを読み取れません。サーバーで denwaban doctor を実行してご確認ください。",
        "The file of the certificate or of the key cannot be read. Run “denwaban doctor” on the server.",
    ),
    "health.crm.certificate_of_another_key": (
        "証明書と鍵の組み合わせが違います。対になるファイルを設定してください。",
        "The certificate is not that of the key. Name the pair of files that belongs together.",
    ),
    "health.crm.wrong_setting": (
        "CRMの設定に誤りがあります。サーバーで denwaban doctor を実行すると、どの設定かがわかります。",
        "A setting of the CRM is wrong. “denwaban doctor” on the server says which.",
    ),
    "health.outbox": ("CRMへの送信待ち", "Messages for the CRM"),
    "health.outbox.fine": (
        "送信待ち {n}件",
        "{n} message waits",
        "{n} messages wait",
    ),
    "health.outbox.late": (
        "送信待ち {n}件（最も古いもの {at}）。CRMの稼働をご確認ください。復旧すると自動で送信されます。",
        "{n} message waits since {at}. Check the CRM; it is sent when that is back.",
        "{n} messages wait, the oldest since {at}. Check the CRM; they are sent when it is back.",
    ),
    "health.outbox.dead": (
        "CRMに拒否されたものが {n}件あります。原因を直してから再送してください。",
        "The CRM refused {n} message. Mend the cause, then send it again.",
        "The CRM refused {n} messages. Mend the cause, then send them again.",
    ),
    "health.outbox.unassigned": (
        "お客様が未確定の通話が {n}件あります。担当者が確定すると送信されます。",
        "{n} call has no customer yet. It is sent once somebody says whose it was.",
        "{n} calls have no customer yet. They are sent once somebody says whose they were.",
    ),
    "health.worker": ("バックグラウンド処理", "Worker"),
    "health.worker.ran": (
        "最終実行 {at}（{n}件）",
        "Last run {at} ({n} done)",
        "Last run {at} ({n} done)",
    ),
    "health.job.deliver": ("CRMへの送信", "Delivery to the CRM"),
    "health.job.match_recordings": ("録音と通話の照合", "Matching recorders’ files"),
    "health.job.collect_recordings": ("録音の取り込み", "Taking in recordings"),
    "health.job.fetch_recordings": ("録音の取得（ネットワーク）", "Fetching recordings"),
    "health.job.audit_checkpoint": ("監査記録の署名", "Signing the audit"),
    "health.job.adopt_calls": ("過去の通話の結び付け", "Letting past calls find their customer"),
    "health.job.close_wrapped_up": ("応対の済んだ通話の整理", "Taking done calls off the desks"),
    "health.job.make_redactions": ("範囲を取り除いた録音の作成", "Cutting ranges out of recordings"),
    "health.job.erase_redactions": ("期限切れの研修クリップの消去", "Erasing training clips"),
    "health.job.expire_checks": ("期限切れの録音確認の整理", "Ending recording checks nobody settled"),
    "health.job.close_overdue_calls": ("終了通知のない通話の整理", "Closing calls without an end"),
    "health.job.purge": ("保存期間を過ぎた録音の消去", "Erasing what is due"),
    "health.job.write_tombstones": ("消去の控えの書き出し", "Writing down what was erased"),
    "health.job.plan_retention": ("次に消去するものの集計", "Working out what goes next"),
    "health.job.tidy": ("古い記録の整理", "Forgetting what is old and over"),
    "health.job.cut_log": ("書き込みログの消去", "Emptying the log of writes"),
    "health.job.crm_budget": ("CRMのAPI使用量の確認", "Noting the CRM’s budget of calls"),
    "health.job.sync": ("CRMとの同期", "Sync with the CRM"),
    "health.worker.failed": (
        "{at} の実行に失敗しました。サーバーのログをご確認ください。次回も自動で実行されます。",
        "The run at {at} failed. See the server’s log; it runs again by itself.",
    ),
    "health.worker.paused": (
        "一時停止中（{at} から）です。再開は「定期処理」の画面で行えます。",
        "Paused since {at}. The page of jobs resumes it.",
    ),
    "health.worker.stopped": (
        "{at} から実行されていません。denwaban serve の稼働をご確認ください。",
        "Nothing ran since {at}. Check that “denwaban serve” runs.",
    ),
    "health.worker.never": (
        "まだ一度も実行されていません。denwaban serve の稼働をご確認ください。",
        "It never ran. Check that “denwaban serve” runs.",
    ),
}
