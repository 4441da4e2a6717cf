"""Whether callers were told of the recording, and want it: on the pop, and the calls that wait for a manager."""

TEXTS = {
    "frame.nav.consents": ("録音の告知と意向", "Notices and wishes"),
    "inbox.untold": (
        "録音の告知が流れなかった通話が{n}件、確認を待っています。",
        "{n} recorded call without a notice waits for you.",
        "{n} recorded calls without a notice wait for you.",
    ),
    "inbox.untold.go": ("告知のない録音を開く", "Open them"),
    "desk.declined_key": ("録音拒否", "Declines recording"),
    "desk.told_key": ("告知した", "Told of the recording"),
    "consent.group": ("録音の告知とご意向", "Notice and wish about the recording"),
    "consent.declined": ("録音拒否", "Not to be recorded"),
    "consent.declined.now": (
        "この通話の録音は、誰も再生できません。",
        "Nobody can play a recording of this call.",
    ),
    "consent.declined.before": (
        "前のお電話で、録音を希望されませんでした。この通話の録音も再生できません。",
        "Declined in an earlier call; a recording of this one cannot be played either.",
    ),
    "consent.by_hand": ("電話機で録音を止めてください。", "Please stop the recording on your phone."),
    "consent.decliner": ("{names}様は録音を希望されていません", "{names} does not want to be recorded"),
    "consent.names": ("様・", ", "),
    "consent.notice.played": ("録音の告知：再生済み", "Notice played"),
    "consent.notice.told": ("録音の告知：口頭で案内済み", "Notice told"),
    "consent.notice.web_only": ("録音の告知：ウェブサイトのみ", "Notice on the web only"),
    "consent.notice.not_played": ("録音の告知：流れていません", "No notice was played"),
    "consent.notice.unknown": ("録音の告知：不明", "Notice unknown"),
    "consent.tell": ("告知した", "I told them"),
    "consent.decline": ("録音拒否", "Declines recording"),
    "consent.pause_now": ("録音を止める", "Stop the recording"),
    "consent.agree": ("録音に同意された", "Agrees to recording"),
    "consent.pause.done": ("電話システムに録音の停止を指示しました。", "The phone system was told to stop recording."),
    "consent.pause.refused": (
        "電話システムの録音を止められませんでした。電話機で止めてください。録音は再生できないようにしてあります。",
        "The phone system did not stop recording. Please stop it on your phone. Nobody can play what it records.",
    ),
    "consent.pause.doubtful": (
        "録音の停止に電話システムから返事がありません。電話機をご確認ください。録音は再生できないようにしてあります。",
        "The phone system did not answer. Please look at your phone. Nobody can play what it records.",
    ),
    "consent.resume.done": ("電話システムに録音の再開を指示しました。", "The phone system was told to record again."),
    "consent.resume.refused": (
        "電話システムの録音を再開できませんでした。必要なら電話機で再開してください。",
        "The phone system did not begin again. Use your phone if it is needed.",
    ),
    "consent.resume.doubtful": (
        "録音の再開に電話システムから返事がありません。電話機をご確認ください。",
        "The phone system did not answer. Please look at your phone.",
    ),
    "consent.title": ("告知のない録音", "Recorded without notice"),
    "consent.lead": (
        "録音の告知が流れなかった通話です。理由を添えて認めるまで、品質の確認・研修・外部への提供には使えません。"
        "苦情への対応など、ほかの目的での再生はできます。",
        "Calls whose callers heard no notice. Until you accept one, with a reason, its recordings are used for neither "
        "quality nor training, and are given to nobody. Other purposes stay open.",
    ),
    "consent.none": ("確認を待っている通話はありません。", "No call waits for you."),
    "consent.call.inbound": ("受電", "Call from"),
    "consent.call.outbound": ("発信", "Call to a customer,"),
    "consent.call.internal": ("内線", "Internal call,"),
    "consent.recordings": ("録音 {n}件", "{n} recording", "{n} recordings"),
    "consent.operator": ("応対者", "Operator"),
    "consent.queue": ("窓口", "Queue"),
    "consent.reason": ("認める理由", "Why you accept it"),
    "consent.reason.hint": (
        "お客様の名前や番号は書かないでください（例：折り返しの冒頭で口頭で告知。担当者に確認済み）",
        "No names or numbers, such as: told at the beginning of the call-back, the operator confirms it",
    ),
    "consent.accept": ("認める", "Accept"),
    "consent.accept_of": ("{at} の通話を認める", "Accept the call of {at}"),
    "consent.accepted": (
        "認めました。この通話の録音は、ほかの録音と同じように使えます。",
        "Accepted. Its recordings are used like any others.",
    ),
    "consent.of_others": ("ほかのチームの通話 {n}件", "{n} call of other teams", "{n} calls of other teams"),
    "consent.wrong.reason": ("認める理由を200文字以内で入力してください。", "Give a reason of up to 200 characters."),
    "consent.wrong.not_untold": (
        "この通話は、すでに認められたか、告知があったことがわかりました。",
        "This call was accepted already, or a notice turned up.",
    ),
}
