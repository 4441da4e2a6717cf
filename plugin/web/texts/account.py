"""One's own account."""

TEXTS = {
    "account.title": ("アカウント", "Account"),
    "account.login": ("ログインID", "Login"),
    "account.name": ("氏名", "Name"),
    "account.role": ("権限", "Role"),
    "account.team": ("チーム", "Team"),
    "account.extension": ("内線番号", "Extension"),
    "account.none": ("未設定", "none"),
    "account.ask_admin": (
        "登録内容の変更は、システム管理者にご依頼ください。",
        "To change these, please ask your administrator.",
    ),
    "account.sessions": ("サインイン中の端末", "Where you are signed in"),
    "account.sessions.lead": (
        "心当たりのない端末がある場合は、サインアウトさせてからパスワードを変更してください。",
        "If you do not know one of these, sign it out and change your password.",
    ),
    "account.sessions.inside": ("{site} の画面内", "inside {site}"),
    "account.sessions.this": ("この端末", "this browser"),
    "account.sessions.since": ("サインイン日時", "Signed in"),
    "account.sessions.seen": ("最終利用", "Last used"),
    "account.sessions.browser": ("端末", "Browser"),
    "account.sessions.address": ("接続元", "From"),
    "account.sessions.end": ("サインアウトさせる", "Sign out"),
    "account.ended": ("選択した端末をサインアウトさせました。", "That browser is signed out."),
    "account.listeners": ("あなたの通話を再生した人", "Who listened to your calls"),
    "account.listeners.lead": (
        "あなたが応対した通話の録音を、ほかの人が再生した記録です。お客様の情報は表示されません。",
        "Recordings of calls you took that somebody else has played. Nothing of the customers is shown here.",
    ),
    "account.listeners.none": (
        "ほかの人が再生した録音はありません。",
        "Nobody else has played a recording of your calls.",
    ),
    "account.listeners.earlier": ("それ以前の{n}件", "{n} earlier one", "{n} earlier ones"),
    "account.listeners.at": ("再生日時", "Played"),
    "account.listeners.purpose": ("利用目的", "Purpose"),
    "account.listeners.call": ("対象の通話", "Your call"),
    "account.listeners.call_of": ("{at}の通話", "of {at}"),
    "account.listeners.heard": ("再生した長さ", "Heard"),
    "account.password": ("パスワードの変更", "Change your password"),
    "account.password.lead": (
        "変更すると、この端末以外はすべてサインアウトされます。",
        "All your other sessions end when you change it.",
    ),
    "account.password.old": ("現在のパスワード", "Current password"),
    "account.password.new": ("新しいパスワード", "New password"),
    "account.password.hint": (
        "12文字以上。覚えやすい言葉をいくつか並べると、強く忘れにくくなります。",
        "At least 12 characters. A few words in a row are strong and easy to remember.",
    ),
    "account.password.submit": ("パスワードを変更", "Change password"),
    "account.password_changed": ("パスワードを変更しました。", "Your password is changed."),
    "account.wrong": ("現在のパスワードが正しくありません。", "The current password is not right."),
    "account.password_short": (
        "新しいパスワードは12文字以上にしてください。",
        "The new password must have at least 12 characters.",
    ),
    "account.password_long": (
        "新しいパスワードは256文字以内にしてください。",
        "The new password may have at most 256 characters.",
    ),
    "account.password_common": (
        "推測されやすいパスワードです。別のものをお選びください。",
        "This password is easy to guess. Please choose another.",
    ),
}
