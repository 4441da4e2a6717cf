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
    "sign_in.used_up": (
        "このパスワードは使用済みか、期限が切れています。システム管理者から新しいパスワードをお受け取りください。",
        "This password has been used, or its time is up. Please get a new one from your administrator.",
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
        "二段階認証の確認、または新しいパスワードの設定が必要なため、この画面ではサインインできません。別のタブで電話番を開いてサインインしてから、もう一度お試しください。",
        "There is more to do than your password: sign in to Denwaban in a tab of its own first, then try again here.",
    ),
    "sign_in.provider": ("会社のアカウント", "your company account"),
    "sign_in.by_provider": ("{name}でサインイン", "Sign in with {name}"),
    "sign_in.provider_away": (
        "会社の認証サービスに接続できません。しばらくしてからお試しください。",
        "The company’s sign-in service does not answer. Please try again later.",
    ),
    "sign_in.provider_refused": (
        "会社の認証サービスでのサインインを確認できませんでした。もう一度お試しください。",
        "Your company sign-in could not be confirmed. Please try again.",
    ),
    "sign_in.provider_unknown_person": (
        "会社のアカウントは確認できましたが、電話番にはまだ登録されていません。システム管理者にご連絡ください。",
        "We know it is you, but you have no account here yet. Please ask your administrator.",
    ),
    "sign_in.provider_no_role": (
        "会社のアカウントは確認できましたが、電話番を使うグループに入っていません。システム管理者にご連絡ください。",
        "We know it is you, but none of your groups may use Denwaban. Please ask your administrator.",
    ),
    "sign_in.provider_many_roles": (
        "会社のアカウントに、電話番の権限が2つ以上割り当てられています。どれか1つにするよう、システム管理者にご連絡ください。",
        "Your groups give you more than one role here. Please ask your administrator to leave one.",
    ),
    "sign_in.provider_closed": (
        "このアカウントは停止されています。システム管理者にご連絡ください。",
        "Your account here is closed. Please ask your administrator.",
    ),
    "sign_in.provider_last_admin": (
        "最後のシステム管理者のため、権限を変更できません。先に別の管理者を登録してください。",
        "You are the last administrator here. Make another one before your role changes.",
    ),
    "sign_in.provider_linked": (
        "この会社のアカウント、または電話番のアカウントは、すでに別のものと連携しています。",
        "This company account, or your account here, is linked to another one already.",
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
    "prove.lead.full": (
        "サインインの方法を変える前に、ご本人であることを、お使いのすべての方法で確認します。",
        "Before how you sign in is changed, please confirm that it is you, by everything you sign in with.",
    ),
    "prove.code.full": ("認証アプリのコード・回復コード", "A code of your app, or a recovery code"),
    "prove.code": ("または、認証アプリのコード・回復コード", "Or a code of your app, or a recovery code"),
    "prove.passkey": ("パスキーで確認して続ける", "Confirm with a passkey"),
    "prove.provider": ("{name}で確認して続ける", "Confirm with {name}"),
    "prove.submit": ("確認して続ける", "Confirm and go on"),
    "prove.wrong": ("確認できませんでした。もう一度お試しください。", "That is not right. Please try again."),
}
