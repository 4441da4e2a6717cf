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
    "prove.title": ("パスワードの再確認", "Confirm your password"),
    "prove.lead": (
        "録音の再生など、慎重な取り扱いが必要な操作の前に、ご本人であることを確認します。",
        "Before you listen to a recording or do something of that weight, please confirm that it is you.",
    ),
    "prove.submit": ("確認して続ける", "Confirm and go on"),
    "prove.wrong": ("パスワードが正しくありません。", "The password is not right."),
}
