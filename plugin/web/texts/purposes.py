"""The register of purposes: what is in force, a draft and what it would do, and what a second person reads."""

_NAMES = {
    "caller_request": ("お客様のご依頼による再生", "Playing at the caller’s request"),
    "after_call_work": ("応対記録の作成", "Writing up a call"),
    "complaint": ("苦情・お申し出への対応", "Complaints"),
    "quality": ("応対品質の確認", "Quality"),
    "harassment": ("迷惑行為（カスタマーハラスメント）への対応", "Harassment"),
    "legal": ("法的な手続き", "Legal matters"),
    "disclosure": ("開示の請求・警察や裁判所への対応", "Disclosure, police and courts"),
    "training": ("研修", "Training"),
    "recording_check": ("録音確認の依頼への回答", "Recording checks"),
}
_APPLIES = {
    "every_call": ("すべての通話", "Every call"),
    "by_case": ("案件の通話だけ", "Calls of a case"),
}

TEXTS = {
    "frame.nav.purposes": ("利用目的", "Purposes"),
    "purposes.title": ("録音の利用目的", "Purposes of recordings"),
    "purposes.lead": (
        "録音を何のために残し、誰が、いつまで聞けるかを決める台帳です。お客様への告知、録音利用規程、消去の時期は、すべてここから作られます。",
        "Why recordings are kept, who may hear them and until when. What callers are told, the rules of recording, and "
        "when recordings are erased are all made of this register.",
    ),
    "purposes.begun": (
        "いまは初期値が使われています。自社の方針に合わせて見直してください。",
        "These are the values that every site begins with. Please review them for yours.",
    ),
    "purposes.register": ("施行中の台帳", "In force"),
    "purposes.purpose": ("利用目的", "Purpose"),
    "purposes.applies": ("対象", "Applies to"),
    "purposes.audio": ("音声の保存", "Audio kept"),
    "purposes.text": ("応対記録の保存", "Text kept"),
    "purposes.case": ("終えた案件の記載の保存", "Words of closed cases kept"),
    "purposes.case.days": ("終えた案件の記載の保存（日数）", "Words of closed cases kept (days)"),
    "purposes.case.hint": (
        "1〜{most}。案件を終えた日から数えます。申請者の氏名や連絡先、書簡、報告、理由が消え、番号・日付・決定は残ります",
        "1 to {most}, from the day the case is closed. Names, contacts, letters, reports and reasons go; number, dates "
        "and decision stay",
    ),
    "purposes.roles": ("聞ける役割", "Who may listen"),
    "purposes.review": ("次の見直し", "Next review"),
    "purposes.review.never": ("未定", "not set"),
    "purposes.review.over": ("期限切れ", "overdue"),
    "purposes.review.over_since": (
        "見直しの期限（{day}）を過ぎています。内容を確かめ、次の見直し日を決めた版を施行してください。",
        "It should have been reviewed by {day}. Look at it, and put a version with the next day in force.",
    ),
    "purposes.review.hint": ("明日から2年以内", "From tomorrow, within two years"),
    "purposes.overdue": (
        "見直しの期限を過ぎた利用目的が{n}件あります。",
        "{n} purpose should have been reviewed by now.",
        "{n} purposes should have been reviewed by now.",
    ),
    "purposes.overdue.go": ("台帳を開く", "Open the register"),
    "purposes.days": ("{n:,}日", "{n:,} day", "{n:,} days"),
    "purposes.about.months": ("（約{n}か月）", " ({n} month)", " ({n} months)"),
    "purposes.about.years": ("（約{n}年）", " ({n} year)", " ({n} years)"),
    "purposes.none_kept": ("残さない", "not kept"),
    "purposes.for_ever": ("無期限", "for ever"),
    "purposes.nobody": ("なし", "nobody"),
    "purposes.between": ("、", ", "),
    "purposes.drafted": ("下書きあり", "draft"),
    "purposes.open": ("開く", "Open"),
    "purposes.open_of": ("{name}を開く", "Open {name}"),
    "purposes.back": ("台帳に戻る", "Back to the register"),
    "purposes.told": ("お客様への告知", "What callers are told"),
    "purposes.told.lead": (
        "すべての通話に当てはまる目的から作った、電話の冒頭で流す文章です。IVRやオペレーターの案内にお使いください。",
        "Made of the purposes of every call, for the announcement at the beginning of a call.",
    ),
    **{f"purposes.name.{purpose}": words for purpose, words in _NAMES.items()},
    "purposes.explain.caller_request": (
        "本人確認が済んだお客様に、お客様対応担当が通話中に録音を再生するための目的です。",
        "Service staff play a recording to a caller who has proved who he is.",
    ),
    "purposes.explain.after_call_work": (
        "通話を終えたオペレーターが、自分の通話の応対記録を書くための目的です。聞ける時間は設定で決めた分数までです。",
        "An operator hears his own call to write it up, for so many minutes as the site sets.",
    ),
    "purposes.explain.complaint": (
        "苦情やお申し出を受けて、スーパーバイザーが事実を確かめるための目的です。",
        "A supervisor finds out what was said, after a complaint.",
    ),
    "purposes.explain.quality": (
        "応対の品質を確かめるための目的です。録音の告知が流れなかった通話は使えません。",
        "The quality of service. Calls whose callers heard no notice are not used.",
    ),
    "purposes.explain.harassment": (
        "迷惑行為の確認と、働く人を守るための対応のための目的です。案件になった日から数えます。",
        "Harassment, and the protection of those who work here. Counted from the day of the case.",
    ),
    "purposes.explain.legal": (
        "訴訟など、法的な手続きのための目的です。案件になった日から数えます。",
        "Lawsuits and the like. Counted from the day of the case.",
    ),
    "purposes.explain.disclosure": (
        "ご本人からの開示の請求や、警察・裁判所からの求めに、個人情報管理者が応じるための目的です。案件になった日から数えます。",
        "A privacy officer answers a person, the police or a court. Counted from the day of the case.",
    ),
    "purposes.explain.training": (
        "研修の教材を作るための目的です。録音の告知が流れなかった通話は使えません。",
        "Making material for training. Calls whose callers heard no notice are not used.",
    ),
    "purposes.explain.recording_check": (
        "オペレーターからの問い合わせに、スーパーバイザーが録音を聞いて言葉で答えるための目的です。",
        "A supervisor listens and answers an operator’s question in words.",
    ),
    **{f"purposes.applies.{applies}": words for applies, words in _APPLIES.items()},
    "purposes.applies.hint.every_call": ("録音の開始から数えます", "counted from the beginning of the recording"),
    "purposes.applies.hint.by_case": ("案件になった日から数えます", "counted from the day of the case"),
    "purposes.now": ("施行中", "In force"),
    "purposes.version": ("第{n}版", "Version {n}"),
    "purposes.version.begun": ("初期値", "As it began"),
    "purposes.notice": ("お客様への言い方", "As callers are told"),
    "purposes.notice.ja": ("お客様への言い方（日本語）", "As callers are told, in Japanese"),
    "purposes.notice.en": ("お客様への言い方（英語）", "As callers are told, in English"),
    "purposes.notice.hint": (
        "「この通話は、◯◯のため、録音しております」「This call is recorded for …」の◯◯に入る言葉",
        "A phrase that fits into the announcement: “This call is recorded for …”",
    ),
    "purposes.draft": ("下書き", "Draft"),
    "purposes.change.audio_shorter": (
        "音声の保存を短くします：{audio_before} → {audio}",
        "Audio is kept for a shorter time: {audio_before} → {audio}",
    ),
    "purposes.change.audio_longer": (
        "音声の保存を長くします：{audio_before} → {audio}",
        "Audio is kept for longer: {audio_before} → {audio}",
    ),
    "purposes.change.text_shorter": (
        "応対記録の保存を短くします：{text_before} → {text}",
        "Text is kept for a shorter time: {text_before} → {text}",
    ),
    "purposes.change.text_longer": (
        "応対記録の保存を長くします：{text_before} → {text}",
        "Text is kept for longer: {text_before} → {text}",
    ),
    "purposes.change.case_shorter": (
        "終えた案件の記載の保存を短くします：{case_before} → {case}",
        "Words of closed cases are kept for a shorter time: {case_before} → {case}",
    ),
    "purposes.change.case_longer": (
        "終えた案件の記載の保存を長くします：{case_before} → {case}",
        "Words of closed cases are kept for longer: {case_before} → {case}",
    ),
    "purposes.change.more_roles": ("聞ける役割を増やします：{roles}", "More roles may listen: {roles}"),
    "purposes.change.fewer_roles": ("聞ける役割を減らします：{roles}", "Fewer roles may listen: {roles}"),
    "purposes.change.applies": ("対象を変えます：{applies}", "It applies to others: {applies}"),
    "purposes.change.notice": ("お客様への言い方を変えます", "Callers are told in other words"),
    "purposes.change.review": ("次の見直し日を変えます", "Another day of review"),
    "purposes.meaning": ("いまある録音への影響", "What it does to the recordings that are here"),
    "purposes.means.sooner": (
        "{n}件の録音が、いまより早く消去されます。",
        "{n} recording would be erased earlier.",
        "{n} recordings would be erased earlier.",
    ),
    "purposes.means.at_once": (
        "うち{n}件は、施行するとすぐに消去の対象になります。",
        "{n} of them is due as soon as it is in force.",
        "{n} of them are due as soon as it is in force.",
    ),
    "purposes.means.cases": (
        "終えた案件{n}件の記載が、施行するとすぐに消去の対象になります。",
        "What is written in {n} closed case is due as soon as it is in force.",
        "What is written in {n} closed cases is due as soon as it is in force.",
    ),
    "purposes.means.none_sooner": (
        "いまより早く消去される録音はありません。",
        "No recording would be erased earlier.",
    ),
    "purposes.means.closed": (
        "{n}件の録音は、ファイルが残っていても、この目的では聞けなくなります。",
        "{n} recording could not be heard for this purpose any more, even while its file is kept.",
        "{n} recordings could not be heard for this purpose any more, even while their files are kept.",
    ),
    "purposes.waiting": (
        "承認を待っています。別の個人情報管理者かシステム管理者が承認すると、施行されます。",
        "Waiting for approval. It comes into force when another privacy officer or administrator approves it.",
    ),
    "purposes.needs_second": (
        "聞ける人が増えるか、早く消去されるものがあるため、別の個人情報管理者かシステム管理者の承認が必要です。",
        "More people would listen, or something would be erased earlier: another privacy officer or administrator has "
        "to approve.",
    ),
    "purposes.reason": ("変える理由", "Why it is changed"),
    "purposes.ask": ("承認を申請する", "Ask for approval"),
    "purposes.put": ("施行する", "Put in force"),
    "purposes.drop": ("下書きを捨てる", "Throw the draft away"),
    "purposes.write": ("次の版を書く", "Write the next version"),
    "purposes.write.save": ("下書きを保存", "Save as draft"),
    "purposes.audio.days": ("音声の保存（日数）", "Audio kept (days)"),
    "purposes.audio.hint": ("0〜{most}。0はこの目的では残しません", "0 to {most}; 0: not kept for this purpose"),
    "purposes.text.days": ("応対記録の保存（日数）", "Text kept (days)"),
    "purposes.text.hint": (
        "空欄は無期限。音声と同じか、それより長く（{most}まで）",
        "Empty: for ever. As long as the audio or longer, up to {most}",
    ),
    "purposes.roles.hint": (
        "この目的で聞くことが認められる役割だけが並びます。ここで増やせるのは、その範囲までです。",
        "Only roles that may ever listen for this purpose are listed. The register cannot go beyond them.",
    ),
    "purposes.history": ("これまでの版", "Versions so far"),
    "purposes.by": ("{name}が作成", "written by {name}"),
    "purposes.approved": ("承認済み", "approved by a second person"),
    "purposes.said.drafted": (
        "下書きを保存しました。まだ施行されていません。",
        "The draft is saved. It is not in force yet.",
    ),
    "purposes.said.dropped": ("下書きを捨てました。", "The draft is gone."),
    "purposes.said.in_force": ("施行しました。", "It is in force."),
    "purposes.said.asked": (
        "承認を申請しました。承認されると施行されます。",
        "Asked for approval. It comes into force once it is given.",
    ),
    "purposes.wrong.applies": ("対象を選んでください。", "Choose what it applies to."),
    "purposes.wrong.notice": (
        "お客様への言い方を、日本語と英語で100文字以内で入力してください。",
        "Say in Japanese and in English what callers are told, up to 100 characters each.",
    ),
    "purposes.wrong.audio_days": (
        "音声の保存は、0から3,650までの日数で入力してください。",
        "Give the days for the audio, 0 to 3,650.",
    ),
    "purposes.wrong.text_days": (
        "応対記録の保存は、音声と同じかそれより長い日数（36,500まで）か、空欄（無期限）にしてください。",
        "Give as many days for the text as for the audio or more, up to 36,500, or nothing: for ever.",
    ),
    "purposes.wrong.case_days": (
        "終えた案件の記載の保存は、1から36,500までの日数で入力してください。",
        "Give the days for the words of closed cases, 1 to 36,500.",
    ),
    "purposes.wrong.roles": ("選べない役割が含まれています。", "One of the roles may never listen for this purpose."),
    "purposes.wrong.review_on": (
        "次の見直しは、明日から2年以内の日付を入力してください。",
        "Give a day of review from tomorrow, within two years.",
    ),
    "purposes.wrong.same": ("施行中の内容と同じです。", "It says the same as what is in force."),
    "purposes.wrong.waiting": (
        "承認を待っている下書きがあります。申請を取り下げるか、結果を待ってください。",
        "A draft waits for approval. Withdraw the request, or wait until it is decided.",
    ),
    "purposes.wrong.changed": (
        "下書きが変わっています。内容を確かめて、もう一度お試しください。",
        "The draft is another one by now. Look at it and try again.",
    ),
    "purposes.wrong.reason": ("変える理由を200文字以内で入力してください。", "Give a reason of up to 200 characters."),
    "purposes.wrong.approvals": (
        "承認待ちの申請が多すぎます。先の申請の結果を待ってください。",
        "Too many of your requests are waiting. Wait until some are decided.",
    ),
    # what the second person reads
    "approvals.kind.purpose": ("録音の利用目的の変更", "A change of the register of purposes"),
    "approvals.means.purpose": (
        "承認すると、すぐに施行されます。保存を短くする変更では、期限の過ぎたものは次の消去で消え、元に戻せません。"
        "聞ける役割を増やす変更では、その役割の人がこの目的で録音を聞けるようになります。",
        "It comes into force at once. Where something is kept for a shorter time, what is past its time is "
        "erased by the next run and cannot be brought back. Where roles are added, they may listen for this purpose.",
    ),
    "approvals.field.purpose": ("利用目的", "Purpose"),
    "approvals.field.version": ("版", "Version"),
    "approvals.field.applies_before": ("対象（いま）", "Applies to, now"),
    "approvals.field.applies": ("対象", "Applies to"),
    "approvals.field.audio_days_before": ("音声の保存（いま・日）", "Audio kept now, in days"),
    "approvals.field.audio_days": ("音声の保存（日）", "Audio kept, in days"),
    "approvals.field.text_days_before": ("応対記録の保存（いま・日）", "Text kept now, in days"),
    "approvals.field.text_days": ("応対記録の保存（日）", "Text kept, in days"),
    "approvals.field.case_days_before": (
        "終えた案件の記載の保存（いま・日）",
        "Words of closed cases kept now, in days",
    ),
    "approvals.field.case_days": ("終えた案件の記載の保存（日）", "Words of closed cases kept, in days"),
    "approvals.field.cases_at_once": (
        "記載がすぐに消去の対象になる案件（申請時）",
        "Cases whose words are due at once, when asked",
    ),
    "approvals.field.roles_before": ("聞ける役割（いま）", "Who may listen, now"),
    "approvals.field.roles": ("聞ける役割", "Who may listen"),
    "approvals.field.notice_ja": ("お客様への言い方（日本語）", "As callers are told, in Japanese"),
    "approvals.field.notice_en": ("お客様への言い方（英語）", "As callers are told, in English"),
    "approvals.field.sooner": ("いまより早く消去される録音（申請時）", "Recordings erased earlier, when asked"),
    "approvals.field.at_once": ("すぐに消去の対象になる録音（申請時）", "Recordings due at once, when asked"),
    "approvals.field.closed": (
        "この目的で聞けなくなる録音（申請時）",
        "Recordings closed to this purpose, when asked",
    ),
    **{f"approvals.value.purpose.{purpose}": words for purpose, words in _NAMES.items()},
    **{f"approvals.value.applies.{applies}": words for applies, words in _APPLIES.items()},
    **{f"approvals.value.applies_before.{applies}": words for applies, words in _APPLIES.items()},
    "approvals.value.text_days.": ("無期限", "for ever"),
    "approvals.value.text_days_before.": ("無期限", "for ever"),
    "approvals.value.case_days.": ("対象外", "no cases"),
    "approvals.value.case_days_before.": ("対象外", "no cases"),
    "audit.act.purpose.written": ("利用目的の下書きを作成・破棄", "wrote or dropped a draft of a purpose"),
    "audit.act.purpose.in_force": ("利用目的を施行", "put a version of a purpose in force"),
    "audit.act.rules.known": ("録音利用規程を確認", "confirmed the rules of recording"),
    "audit.outcome.drafted": ("下書き", "drafted"),
    "audit.outcome.dropped": ("破棄", "dropped"),
}
