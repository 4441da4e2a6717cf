"""What failures of scheduled work mean and what to do about each, and what runs met and went on.

A CRM's refusals stand in the rooms of its texts, under `crm.reason.`.
"""

TEXTS = {
    "problem.process_ended": (
        "実行中にプロセスが終了しました。続きは自動的に実行されます。"
        "繰り返す場合は、サーバーのメモリとログを確認してください。",
        "The process ended in the middle. The work goes on by itself. If "
        "it happens again and again, look at the server’s memory and log.",
    ),
    "problem.other_sync": (
        "別の同期が同時に動いていました。次回に続きを実行します。"
        "手動で実行中のdenwabanコマンドがないか確認してください。",
        "Another sync ran at the same time. It goes on at the next run. Look whether somebody runs a command by hand.",
    ),
    "problem.defect": (
        "プログラムの不具合です。データは失われていません。"
        "サーバーのログに記録された場所を、開発元へお知らせください。",
        "A defect of the program. No data is lost. The server’s log names the place; please report it.",
    ),
    "problem.store": (
        "データベースが応答しませんでした。稼働状況とディスクの空きを確認してください。復旧すると自動的に再開します。",
        "The database did not answer. Check that it runs and that its disk has space; it goes on by itself.",
    ),
    "problem.local_crm": (
        "内蔵CRMのファイルを読み書きできません。データフォルダーの権限とディスクの空きを確認してください。",
        "The built-in CRM’s file cannot be read or written. Check the data folder’s permissions and the disk.",
    ),
    "problem.server_unavailable": (
        "CRM側が一時的に応答できません。復旧すると自動的に再開します。",
        "The CRM is out of service for a while. It goes on by itself.",
    ),
    "problem.unreadable_answer": (
        "CRMから読み取れない応答が返りました。自動的に再試行します。"
        "続く場合は、途中のプロキシとCRMの稼働情報を確認してください。",
        "The CRM’s answer could not be read. It is tried again by itself. If it goes on, look at proxies in between.",
    ),
    "problem.job_slow": (
        "CRM側でデータの書き出しが終わっていません。次の同期で、続きから自動的に再開します。",
        "The CRM has not finished preparing the data. The next sync goes on from there by itself.",
    ),
    "problem.no_customer_objects": (
        "取引先、取引先責任者、リードのいずれも連携ユーザーから見えません。Salesforceの権限セットを確認してください。",
        "Our user sees neither accounts, contacts nor leads. Check the permission set in Salesforce.",
    ),
    "problem.http": (
        "CRMがエラー（HTTP {status}）を返しました。自動的に再試行します。続く場合は、CRMの稼働情報を確認してください。",
        "The CRM answered with an error (HTTP {status}). It is tried "
        "again by itself. If it goes on, look at its status page.",
    ),
    "problem.unknown": ("理由は記録されていません。", "No reason was kept."),
    "problem.other": (
        "処理に失敗しました。自動的に再試行します。続く場合は、コードを手がかりにサーバーのログを確認してください。",
        "It failed, and is tried again by itself. If it goes on, look for the code in the server’s log.",
    ),
    "finding.field_missing": (
        "項目 {what} がCRMにないか、連携ユーザーから見えません。"
        "この項目を除いて同期しています。CRMの項目名と参照権限を確認してください。",
        "The field {what} is gone from the CRM, or our user may not "
        "see it. All the rest is synced. Check its name and permission.",
    ),
    "finding.no_phone_field": (
        "{what} に電話番号の項目がありません。着信と照合できないため、項目の設定を確認してください。",
        "{what} has no telephone field, so callers cannot be matched. Check which fields are set up.",
    ),
    "finding.object_missing": (
        "{what} がCRMにないか、連携ユーザーから見えません。ほかの対象は同期しています。参照権限を確認してください。",
        "{what} is not in the CRM, or our user may not see it. The rest is synced. Check the permission.",
    ),
    "finding.job_failed": (
        "{what} の一括読み取りがCRM側で失敗しました。次回にやり直します。"
        "続く場合は、CRMの一括処理の画面を確認してください。",
        "Reading {what} in bulk failed in the CRM. It is done again "
        "next time. If it goes on, look at the CRM’s bulk jobs.",
    ),
    "finding.nobody_visible": (
        "{what} が1件も見えません。誤って全件を削除しないよう、"
        "削除を見送りました。連携ユーザーの共有設定を確認してください。",
        "Not one {what} is visible. Nobody was deleted here, for that may be a mistake. Check what our user may see.",
    ),
    "finding.more": ("ほかに{n}件の指摘があります。", "{n} more is left out.", "{n} more are left out."),
    "finding.other": ("{what}（{code}）", "{what} ({code})"),
}
