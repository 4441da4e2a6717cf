"""Signing in, and confirming the password again."""

TEXTS = {
    "sign_in.title": ("サインイン", "Sign in"),
    "sign_in.lead": (
        "着信と同時に、お客様との経緯をお手元に。",
        "Who is calling, and what was said before, as the phone rings.",
    ),
    "sign_in.login": ("ログインID", "Login"),
    "sign_in.password": ("パスワード", "Password"),
    "sign_in.submit": ("サインイン", "Sign in"),
    "sign_in.wrong": (
        "ログインIDまたはパスワードが正しくありません。",
        "The login or the password is not right.",
    ),
    "sign_in.passkey": ("パスキーでサインイン", "Sign in with a passkey"),
    "sign_in.passkey_failed": (
        "パスキーを確認できませんでした。もう一度お試しください。",
        "The passkey did not work. Please try again.",
    ),
    "sign_in.wrong_passkey": (
        "このパスキーではサインインできません。",
        "This passkey does not sign you in here.",
    ),
    "sign_in.elsewhere": (
        "二段階認証を設定しているため、この画面ではサインインできません。別のタブで電話番を開いてサインインしてから、もう一度お試しください。",
        "You have a second factor: sign in to Denwaban in a tab of its own first, then try again here.",
    ),
    "sign_in.or": ("または", "or"),
    "sign_in.limit": (
        "試行回数の上限に達しました。約{n}分後にもう一度お試しください。",
        "Too many tries. Please try again in about {n} minute.",
        "Too many tries. Please try again in about {n} minutes.",
    ),
    "sign_in.help": (
        "サインインできない場合は、システム管理者にパスワードの再設定をご依頼ください。",
        "If you cannot sign in, ask your administrator for a new password.",
    ),
    "sign_in.ended": (
        "サインインの有効期限が切れました。もう一度サインインしてください。",
        "Your session has ended. Please sign in again.",
    ),
    "sign_in.signed_out": ("サインアウトしました。", "You are signed out."),
    "prove.title": ("ご本人の再確認", "Confirm that it is you"),
    "prove.lead": (
        "録音の再生など、慎重な取り扱いが必要な操作の前に、ご本人であることを確認します。",
        "Before you listen to a recording or do something of that weight, please confirm that it is you.",
    ),
    "prove.code": ("または、認証アプリのコード・回復コード", "Or a code of your app, or a recovery code"),
    "prove.passkey": ("パスキーで確認して続ける", "Confirm with a passkey"),
    "prove.submit": ("確認して続ける", "Confirm and go on"),
    "prove.wrong": ("確認できませんでした。もう一度お試しください。", "That is not right. Please try again."),
}
