"""What the page of health and `denwaban doctor` say of backups and of the tombstones outside, in the same words."""

TEXTS = {
    "health.backup": ("バックアップ", "Backup"),
    "health.backup.never": (
        "まだ一度も作成されていません。denwaban backup を毎晩実行するように設定してください（docs/operations.md）。",
        "None was made yet. Let a timer run “denwaban backup” each night, see docs/operations.md.",
    ),
    "health.backup.failed": (
        "{at} の作成に失敗しました（{what}）。denwaban backup を手で実行すると、原因と直し方が表示されます。",
        "The one of {at} failed ({what}). Run “denwaban backup” by hand: it says why, and what to do.",
    ),
    "health.backup.old": (
        "最後に作成したのは {at}（{n}日前）です。自動実行が止まっていないかご確認ください（docs/operations.md）。",
        "The newest is of {at}, {n} day old. Check that its timer still runs, see docs/operations.md.",
        "The newest is of {at}, {n} days old. Check that its timer still runs, see docs/operations.md.",
    ),
    "health.backup.made": (
        "最新：{at} に作成（{n}日前）",
        "The newest is of {at}, {n} day old.",
        "The newest is of {at}, {n} days old.",
    ),
    "health.backup.unverified": (
        "まだ検証されていません。denwaban backup verify を実行し、復元できる状態かをお確かめください。",
        "Nobody has looked yet whether one is whole: run “denwaban backup verify”.",
    ),
    "health.backup.verified": (
        "{what} を {at} に検証しました。欠けや改変はありません。",
        "{what} was looked at on {at}, and is whole.",
    ),
    "health.backup.verify_again": (
        "最後の検証は {at}（{n}日前）です。もう一度 denwaban backup verify を実行してください。",
        "One was last looked at on {at}, {n} day ago: run “denwaban backup verify” again.",
        "One was last looked at on {at}, {n} days ago: run “denwaban backup verify” again.",
    ),
    "health.backup.damaged": (
        "{what} は壊れています（{at} に検証）。denwaban backup verify で壊れたファイルを確かめ、"
        "もう一度バックアップを作成してください。",
        "{what} is damaged, as was seen on {at}: “denwaban backup verify” names the files; make another backup.",
    ),
    "health.cases": ("案件の期限", "Cases that are due"),
    "health.cases.overdue": (
        "期限を過ぎた案件が{n}件あります。担当者に「案件」の画面の確認を依頼してください。",
        "{n} case is overdue. Ask who works on it to look at the page of cases.",
        "{n} cases are overdue. Ask who works on them to look at the page of cases.",
    ),
    "health.cases.soon": (
        "3日以内に期限を迎える案件が{n}件あります。",
        "{n} case is due within three days.",
        "{n} cases are due within three days.",
    ),
    "health.cases.unjudged": (
        "判断されないまま90日以内に消去される迷惑行為の報告が{n}件あります。",
        "{n} report of harassment is erased within 90 days unless somebody judges it.",
        "{n} reports of harassment are erased within 90 days unless somebody judges them.",
    ),
    "health.tombstones": ("消去の控え", "Tombstones outside the database"),
    "health.tombstones.fine": (
        "データベースの外にある消去の控えは、すべてそろっています。",
        "All files are what the database knows of them.",
    ),
    "health.tombstones.missing": (
        "控えのファイル {what} がありません。消去した録音が、古いバックアップの復元で戻るおそれがあります。"
        "ファイルの控えがあれば戻し、なければ denwaban purge mend を実行してください。",
        "The file {what} is missing: a restore could bring back what was erased. Put it back from a copy, or run"
        " “denwaban purge mend”, which writes anew what the database knows.",
    ),
    "health.tombstones.short": (
        "控えのファイル {what} の末尾が欠けています。消去した録音が、古いバックアップの復元で戻るおそれがあります。"
        "ディスクを確かめ、denwaban purge mend を実行してください。",
        "The end of the file {what} is missing: a restore could bring back what was erased. Look at its disk, then run"
        " “denwaban purge mend”, which writes anew what the database knows.",
    ),
    "health.tombstones.altered": (
        "控えのファイル {what} が書き換えられています。"
        "だれが触れたかを確かめ、denwaban purge mend を実行してください。",
        "The file {what} is not what was written: find out who touched it, then run “denwaban purge mend”, which writes"
        " anew what the database knows.",
    ),
}
