"""The desk inside another site's page, and the window in which one signs in for it."""

TEXTS = {
    "embed.title": ("着信デスク", "Call desk"),
    "embed.loading": ("読み込んでいます…", "Loading…"),
    "embed.lead": (
        "この画面で着信とお客様の候補を確認できます。サインインは別ウィンドウで行います。",
        "Calls and the customers who may be calling show here. You sign in in a window of its own.",
    ),
    "embed.open": ("サインイン", "Sign in"),
    "embed.waiting": (
        "開いたウィンドウでサインインしてください。",
        "Please sign in in the window that has opened.",
    ),
    "embed.blocked": (
        "ウィンドウを開けませんでした。ブラウザーでポップアップを許可して、もう一度お試しください。",
        "The window could not open. Allow pop-ups for this page in your browser and try again.",
    ),
    "embed.refused": (
        "サインインを引き継げませんでした。もう一度お試しください。",
        "The sign-in could not be handed over. Please try again.",
    ),
    "embed.away": (
        "サーバーに接続できません。しばらくしてからもう一度お試しください。",
        "The server cannot be reached. Please try again in a moment.",
    ),
    "embed.alone": (
        "このページは、許可されたサイトの画面内でのみ動作します。",
        "This page works only inside a page of a site that was allowed to show it.",
    ),
    "embed.sign_out": ("サインアウト", "Sign out"),
    "embed.window.title": ("画面内デスクへのサインイン", "Sign in to the desk inside a page"),
    "embed.window.lead": (
        "次のサイトの画面内に、あなたのデスクを表示します。",
        "Your desk will show inside a page of this site:",
    ),
    "embed.window.check": (
        "ご自身でこの操作を始めた場合だけ続けてください。",
        "Go on only if it was you who began this.",
    ),
    "embed.window.go_on": ("{name} として続ける", "Go on as {name}"),
    "embed.window.submit": ("サインインして続ける", "Sign in and go on"),
    "embed.handed.title": ("サインインしました", "You are signed in"),
    "embed.handed.lead": ("このウィンドウは閉じてかまいません。", "You can close this window."),
    "embed.handed.lost": (
        "元の画面に戻れませんでした。このウィンドウを閉じ、元の画面でもう一度「サインイン」を押してください。",
        "The way back was lost. Close this window and press “Sign in” in the page once more.",
    ),
}
