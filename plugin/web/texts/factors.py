"""Second factors: signing in with them, setting them up, and what to do without."""

TEXTS = {
    "second.title": ("もう一段階の確認", "One more step"),
    "second.lead": (
        "パスワードに加えて、ご本人であることを確認します。",
        "Beside your password, please show that it is you.",
    ),
    "second.passkey": ("パスキーで確認", "Use your passkey"),
    "second.code": ("認証アプリのコード", "Code of your authenticator app"),
    "second.code.hint": (
        "6桁の数字です。端末が手元にない場合は、回復コードを入力してください。",
        "Six digits. Without your device, type one of your recovery codes.",
    ),
    "second.submit": ("サインイン", "Sign in"),
    "second.wrong": (
        "確認できませんでした。新しいコードが表示されてから、もう一度お試しください。",
        "That did not fit. Wait for a new code, then try again.",
    ),
    "second.help": (
        "端末も回復コードもない場合は、システム管理者に再設定をご依頼ください。",
        "Without device and recovery codes, ask your administrator to reset them.",
    ),
    "factors.title": ("二段階認証", "Second factor"),
    "factors.lead": (
        "パスワードが漏れても、ほかの人があなたとしてサインインできないようにします。",
        "Even with your password, nobody else signs in as you.",
    ),
    "factors.back": ("アカウントに戻る", "Back to your account"),
    "factors.must": (
        "あなたの権限では二段階認証が必要です。設定が終わると、ほかの画面が使えるようになります。",
        "Your role requires a second factor. The other pages open once it is set up.",
    ),
    "factors.due": (
        "あなたの権限では二段階認証が必要です。{at} までに設定してください。",
        "Your role requires a second factor. Please set it up by {at}.",
    ),
    "factors.best": ("おすすめ", "recommended"),
    "factors.passkeys": ("パスキー", "Passkeys"),
    "factors.passkeys.lead": (
        "指紋・顔・PINでサインインします。偽サイトには使えないため、最も安全です。パスワードは不要になります。",
        "Sign in by fingerprint, face or PIN, without a password. A passkey does not work on a fake site.",
    ),
    "factors.made": ("登録 {at}", "added {at}"),
    "factors.used": ("最終利用 {at}", "last used {at}"),
    "factors.unused": ("未使用", "not used yet"),
    "factors.drop": ("削除", "Remove"),
    "factors.drop_of": ("{name}を削除", "Remove {name}"),
    "factors.key_name": ("パスキーの名前", "Name of the passkey"),
    "factors.key_name.hint": (
        "あとで見分けられる名前にしてください（例: 仕事用のノートPC）。",
        "So that you can tell it from others, such as “office laptop”.",
    ),
    "factors.key_add": ("パスキーを追加", "Add a passkey"),
    "factors.key_failed": (
        "追加できませんでした。端末の画面の案内に従って、もう一度お試しください。",
        "It was not added. Please try again and follow what your device asks.",
    ),
    "factors.no_script": (
        "パスキーの追加には JavaScript が必要です。",
        "Adding a passkey needs JavaScript.",
    ),
    "factors.code": ("認証アプリ", "Authenticator app"),
    "factors.code.on": ("設定済み", "on"),
    "factors.code.lead": (
        "スマートフォンの認証アプリに表示される6桁のコードを、サインインのときに入力します。",
        "An app on your phone shows six digits that you type when you sign in.",
    ),
    "factors.code.set_up": ("認証アプリを設定", "Set up an authenticator app"),
    "factors.code.drop": ("認証アプリの設定を解除", "Remove the authenticator app"),
    "factors.qr": ("認証アプリで読み取るQRコード", "QR code for your authenticator app"),
    "factors.enrol.scan": (
        "認証アプリでQRコードを読み取り、表示された6桁のコードを入力してください。",
        "Scan the QR code with your app, then type the six digits it shows.",
    ),
    "factors.enrol.by_hand": ("読み取れない場合は、次のキーを入力します。", "Cannot scan it? Type this key:"),
    "factors.enrol.code": ("表示された6桁のコード", "The six digits"),
    "factors.enrol.confirm": ("設定を完了", "Finish"),
    "factors.cancel": ("やめる", "Cancel"),
    "factors.recovery": ("回復コード", "Recovery codes"),
    "factors.recovery.once": (
        "この画面を閉じると、二度と表示されません。",
        "They are shown this once.",
    ),
    "factors.recovery.lead": (
        "端末をなくしたときに、コードの代わりに使います。1つのコードは1回だけ使えます。印刷するか、パスワード管理アプリに保存してください。",
        "For the day your device is lost. Each works once. Print them, or keep them in your password manager.",
    ),
    "factors.recovery.kept": ("保存しました", "I have kept them"),
    "factors.recovery.left": ("残り{n}個", "{n} left", "{n} left"),
    "factors.recovery.renew": ("新しい回復コードを発行", "Make new recovery codes"),
    "factors.said.code_dropped": ("認証アプリの設定を解除しました。", "The authenticator app is removed."),
    "factors.said.key_added": (
        "パスキーを追加しました。ほかの端末はサインアウトされました。",
        "The passkey is added. Your other sessions have ended.",
    ),
    "factors.said.key_dropped": ("パスキーを削除しました。", "The passkey is removed."),
    "factors.wrong.code": (
        "コードが一致しません。もう一度「認証アプリを設定」からやり直してください。",
        "The code did not fit. Please set up the app once more.",
    ),
    "factors.wrong.has_code": ("認証アプリは設定済みです。", "An authenticator app is set up already."),
    "factors.wrong.last_factor": (
        "あなたの権限では二段階認証が必要なため、最後の1つは解除できません。先に別の方法を追加してください。",
        "Your role requires a second factor. Add another one before you remove the last.",
    ),
}
