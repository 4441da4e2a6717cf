"""Why kintone did not take something, or did not let us in, and what a person does about it."""

_AGAIN = (
    "kintoneが混み合っているか、一時的に処理できません。自動的に再試行します。",
    "kintone is busy. It is tried again by itself.",
)
_MOVED = (
    "kintoneのレコードが同時に変更または削除されました。自動的に再試行します。",
    "The record was changed or deleted in kintone meanwhile. It is tried again by itself.",
)
_REFUSED = (
    "kintoneがこのレコードを受け付けません。下に示すフィールドの設定（必須、文字数、選択肢など）を見直してから、"
    "もう一度送信してください。",
    "kintone refuses this record. Look at the settings of the field named below (required, length, list). "
    "Then send it again.",
)
_TOKEN = (
    "kintoneにサインインできません。APIトークンまたはパスワードを確認してください。"
    "トークンは、保存したあと「アプリを更新」するまで使えません。",
    "kintone does not let us in. Check the API token or the password; a token works only after the app was updated.",
)
_RIGHT = (
    "kintoneのアクセス権が足りません。顧客アプリは「レコード閲覧」、対応履歴アプリは「レコード閲覧・追加・編集」を許可してください。",
    "Rights are missing in kintone: view on the customers app; view, add and edit on the activities app.",
)
_QUERY = (
    "kintoneが検索条件を受け付けません。フィールドの種類が変わっていないか denwaban doctor で確認してください。",
    "kintone refuses a query. Run “denwaban doctor” to see whether a field has changed its type.",
)

TEXTS = {
    "crm.reason.gaia_to04": _AGAIN,
    "crm.reason.gaia_da02": _AGAIN,
    "crm.reason.gaia_re18": _AGAIN,
    "crm.reason.gaia_co02": _MOVED,
    "crm.reason.gaia_co03": _MOVED,
    "crm.reason.gaia_re01": _MOVED,
    "crm.reason.gaia_re20": _MOVED,
    "crm.reason.cb_va01": _REFUSED,
    "crm.reason.cb_ij01": _REFUSED,
    "crm.reason.gaia_lo04": _REFUSED,
    "crm.reason.http_400": _REFUSED,
    "crm.reason.cb_wa01": _TOKEN,
    "crm.reason.cb_au01": _TOKEN,
    "crm.reason.gaia_ia02": _TOKEN,
    "crm.reason.cb_no01": _RIGHT,
    "crm.reason.cb_no02": _RIGHT,
    "crm.reason.gaia_no01": _RIGHT,
    "crm.reason.gaia_no02": _RIGHT,
    "crm.reason.gaia_un03": _RIGHT,
    "crm.reason.gaia_ap01": (
        "kintoneのアプリが見つかりません。customers_appとactivities_appの番号を確認してください。",
        "kintone does not have the app. Check the numbers in customers_app and activities_app.",
    ),
    "crm.reason.gaia_ap15": (
        "kintoneのアプリを利用できません。アプリが運用中か、ゲストスペースの番号が正しいかを確認してください。",
        "The app cannot be used. Check that it is in use, and the number of the guest space.",
    ),
    "crm.reason.gaia_iq03": _QUERY,
    "crm.reason.gaia_iq07": _QUERY,
    "crm.reason.gaia_iq10": _QUERY,
    "crm.reason.gaia_iq11": _QUERY,
    "crm.reason.gaia_qu01": _QUERY,
    "crm.reason.gaia_qu02": _QUERY,
    "crm.reason.gaia_il26": _QUERY,
    "crm.reason.cb_il02": _QUERY,
    "crm.reason.duplicates_allowed": (
        "通話IDのフィールドに「値の重複を禁止する」が設定されていません。設定すると自動的に再開します。",
        "The field of the call’s id allows duplicates. Prohibit them, and it goes on by itself.",
    ),
    "crm.reason.field_short": (
        "下に示すフィールドの最大文字数が足りません。docs/kintone.mdの長さに広げてください。",
        "The field named below is too short. Lengthen it as docs/kintone.md says.",
    ),
    "finding.field_hidden": (
        "項目 {what} が連携ユーザーから見えません。この項目を空として同期しています。"
        "フィールドのアクセス権を確認してください。",
        "Our user may not see the field {what}; it is synced as empty. Check the field’s permission.",
    ),
    "finding.number_field": (
        "項目 {what} は数値のフィールドなので、電話番号などの先頭の0が失われます。"
        "文字列またはリンクに変更してください。",
        "The field {what} is a number, so leading zeros of telephone numbers are lost. Make it a text or a link.",
    ),
}
