"""Why a CRM did not take something, and what a person does about it: the words of the reasons in docs/errors.md."""

TEXTS = {
    "crm.reason.malformed_id": (
        "顧客のIDがSalesforceのものではありません。通話を正しい顧客に付け替えてください。",
        "The customer's id is none of Salesforce's. Give the call to the right customer.",
    ),
    "crm.reason.customer_gone": (
        "この顧客はSalesforceで削除されており、統合先もありません。通話を別の顧客に付け替えてください。",
        "The customer was deleted in Salesforce and merged into nobody. Give the call to another customer.",
    ),
    "crm.reason.invalid_cross_reference_key": (
        "この顧客はSalesforceにないか、連携ユーザーから見えません。共有設定を確認するか、通話を付け替えてください。",
        "Salesforce does not have this customer, or our user may not see it. Check sharing, or give the call away.",
    ),
    "crm.reason.insufficient_access_on_cross_reference_entity": (
        "連携ユーザーにこの顧客を参照する権限がありません。Salesforceの共有設定を変更してから、もう一度送信してください。",
        "Our user may not see this customer. Mend its sharing in Salesforce. Then send it again.",
    ),
    "crm.reason.string_too_long": (
        "項目の長さの上限を超えています。Salesforceの項目を長くするか応対記録を短くしてから、もう一度送信してください。",
        "A text is longer than its field. Lengthen the field there, or shorten the summary. Then send it again.",
    ),
    "crm.reason.field_integrity_exception": (
        "Salesforceの項目どうしの決まりに合いません。下に示す項目の設定を見直してから、もう一度送信してください。",
        "Fields do not go together in Salesforce. Look at the field named below. Then send it again.",
    ),
    "crm.reason.required_field_missing": (
        "ToDoに必須項目が追加されています。Salesforceで必須を外すか、既定値を設定してから、もう一度送信してください。",
        "A field of Task has become required. Make it optional there, or give it a default. Then send it again.",
    ),
    "crm.reason.field_custom_validation_exception": (
        "Salesforceの入力規則が受け付けませんでした。連携ユーザーを入力規則の対象から外すなど、規則を見直してから、もう一度送信してください。",
        "A validation rule of Salesforce refused it. Exempt our user from the rule, or change it. Then send it again.",
    ),
    "crm.reason.invalid_or_null_for_restricted_picklist": (
        "選択リストにない値です。Salesforceの選択リストに値を追加してから、もう一度送信してください。",
        "A value is not in a restricted picklist. Add it to the list in Salesforce. Then send it again.",
    ),
    "crm.reason.number_outside_valid_range": (
        "数値項目の桁数が足りません。Salesforceの項目の桁数を増やしてから、もう一度送信してください。",
        "A number has more digits than its field. Widen the field in Salesforce. Then send it again.",
    ),
    "crm.reason.cannot_insert_update_activate_entity": (
        "Salesforceのフローまたはトリガーがエラーになりました。Salesforceの管理者にご確認ください。",
        "A flow or trigger in Salesforce failed. Ask its administrator, then send it again.",
    ),
    "crm.reason.duplicates_detected": (
        "Salesforceの重複ルールが止めました。連携ユーザーを重複ルールの対象から外してから、もう一度送信してください。",
        "A duplicate rule of Salesforce stopped it. Exempt our user from the rule. Then send it again.",
    ),
    "crm.reason.inactive_owner_or_user": (
        "Salesforceの所有者または連携ユーザーが無効です。有効にしてから、もう一度送信してください。",
        "The owner or our user is inactive in Salesforce. Activate it. Then send it again.",
    ),
    "crm.reason.entity_is_deleted": (
        "Salesforceで削除されたレコードを指しています。通話を別の顧客に付け替えてください。",
        "It points at a record that was deleted in Salesforce. Give the call to another customer.",
    ),
    "crm.reason.cannot_update_converted_lead": (
        "リードは取引開始済みで、取引先責任者が見つかりません。通話を取引先責任者に付け替えてください。",
        "The lead was converted and its contact is not to be found. Give the call to the contact.",
    ),
    "crm.reason.insufficient_access": (
        "連携ユーザーにToDoを書く権限がありません。権限セットを見直してから、もう一度送信してください。",
        "Our user may not write Tasks. Mend its permission set. Then send it again.",
    ),
    "crm.reason.insufficient_access_or_readonly": (
        "このToDoは書き込めません(承認中のロックなど)。解除してから、もう一度送信してください。",
        "This Task cannot be written, for instance because an approval locks it. Unlock it. Then send it again.",
    ),
    "crm.reason.unreachable": (
        "CRMに接続できません。復旧すると自動的に再開します。",
        "The CRM cannot be reached. It goes on by itself once it can.",
    ),
    "crm.reason.timeout": (
        "CRMの応答が時間内に届きません。自動的に再試行します。",
        "The CRM did not answer in time. It is tried again by itself.",
    ),
    "crm.reason.session_refused": (
        "Salesforceがセッションを受け付けません。連携ユーザーのIP制限とセッション設定を確認してください。",
        "Salesforce refuses our session. Check the IP restrictions and session settings of our user.",
    ),
    "crm.reason.invalid_grant": (
        "Salesforceにサインインできません。アプリの事前承認、ユーザー名、証明書の期限を確認してください。",
        "We cannot sign in to Salesforce. Check the app's pre-authorisation, the username and the certificate.",
    ),
    "crm.reason.invalid_client": (
        "クライアントシークレットが違います。client_secret_fileを更新してください。",
        "The client secret is wrong. Renew client_secret_file.",
    ),
    "crm.reason.invalid_client_id": (
        "コンシューマー鍵が違います。client_idを確認してください。",
        "The consumer key is wrong. Check client_id.",
    ),
    "crm.reason.invalid_app_access": (
        "連携ユーザーにこのアプリの利用が許可されていません。アプリのポリシーに権限セットを追加してください。",
        "Our user may not use this app. Add the permission set to the app's policies.",
    ),
    "crm.reason.clock_skew": (
        "サーバーの時計がずれているためサインインできません。時刻同期を有効にしてください。",
        "This server's clock is wrong, so signing in fails. Switch on time synchronisation.",
    ),
    "crm.reason.key_unreadable": (
        "秘密鍵を読み取れません。key_fileがPEM形式のRSA秘密鍵か確認してください。",
        "The private key cannot be read. Check that key_file is an RSA private key in PEM form.",
    ),
    "crm.reason.sign_in_refused": (
        "CRMがサインインを拒否しました。denwaban doctor で原因を確認してください。",
        "The CRM refused to sign us in. Run “denwaban doctor” to find out why.",
    ),
    "crm.reason.api_version_unknown": (
        "指定したAPIバージョンがこの組織にありません。api_versionを変更してください。",
        "The org does not have this API version. Change api_version.",
    ),
    "crm.reason.describe_unreadable": (
        "Salesforceが返した項目の定義（describe）を読み取れません。自動的に再試行します。"
        "続く場合は、途中のプロキシを確認し、Salesforceのサポートへお問い合わせください。",
        "What Salesforce says of its fields (describe) cannot be read. It is tried again by itself. If it goes on, "
        "look at proxies in between, and ask Salesforce’s support.",
    ),
    "crm.reason.fields_missing": (
        "CRMに必要な項目がないか、連携ユーザーから見えません。下に示す項目と権限を、設定手順のとおりに用意してください。",
        "Fields are missing in the CRM, or our user may not see them. Set up those named below as its guide says.",
    ),
    "crm.reason.not_an_external_id": (
        "通話IDの項目が外部IDになっていません。外部IDとユニークにチェックを入れてください。",
        "The field of the call's id is no external id. Tick External ID and Unique.",
    ),
    "crm.reason.no_done_status": (
        "ToDoの状況に「完了」がありません。task_statusで完了を表す値を指定してください。",
        "Task has no status Completed. Name the one that means so in task_status.",
    ),
    "crm.reason.not_in_list": (
        "task_statusまたはtask_priorityの値がSalesforceの選択リストにありません。",
        "task_status or task_priority is not in Salesforce's picklist.",
    ),
    "crm.reason.api_budget": (
        "1日のAPI割り当てのうち電話番に許した分を使い切りました。枠が空くと自動的に再開します。",
        "The share of the daily API calls that is ours is used up. It goes on by itself once there is room.",
    ),
    "crm.reason.request_limit_exceeded": (
        "組織のAPIの上限に達しました。枠が空くと自動的に再開します。",
        "The org's API limit is reached. It goes on by itself once there is room.",
    ),
    "crm.reason.api_disabled_for_org": (
        "この組織ではAPIが使えません。Salesforceのエディションを確認してください。",
        "The org has no API. Check its edition.",
    ),
    "crm.reason.storage_limit_exceeded": (
        "Salesforceのデータ容量が不足しています。容量を空けると自動的に再開します。",
        "The org's data storage is full. Make room, and it goes on by itself.",
    ),
    "crm.reason.invalid_field": (
        "Salesforceの項目が削除されたか、名前が変わりました。denwaban doctor で確認してください。",
        "A field was deleted or renamed in Salesforce. Run “denwaban doctor”.",
    ),
    "crm.reason.duplicate_value": (
        "同じ通話のToDoが、連携ユーザーから見えないところにあります。「すべてのデータの参照」を許可するか、そのToDoを削除してください。",
        "A Task of this call stands where our user may not see it. Give it View All, or delete that Task.",
    ),
    "crm.reason.unable_to_lock_row": (
        "Salesforceでレコードがロックされています。自動的に再試行します。",
        "The record is locked in Salesforce. It is tried again by itself.",
    ),
}
