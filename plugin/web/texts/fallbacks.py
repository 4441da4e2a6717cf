"""The ways for a caller who cannot answer: one-time code, call-back, override by two."""

_WHY = {
    "hardship": ("聴覚・発話・ご高齢などの事情", "Hearing, speech, age or illness"),
    "record": ("登録情報が古い・足りない", "The record is old or incomplete"),
    "emergency": ("緊急", "Emergency"),
    "other": ("その他", "Other"),
}

TEXTS = {
    "fallback.title": ("お答えいただけないとき", "When the caller cannot answer"),
    "fallback.lead": (
        "次の方法で補えます。お客様が名乗った番号や、着信の番号は使えません。",
        "These can stand in. A number that the caller names, or calls from, is none of them.",
    ),
    "fallback.proved.one_time_code": ("確認コード：済", "Code: confirmed"),
    "fallback.proved.call_back_personal_mobile": ("折り返し（本人の携帯）：済", "Call-back to his or her mobile: done"),
    "fallback.proved.call_back_home": ("折り返し（自宅）：済", "Call-back to the home: done"),
    "identity.ask_beside": ("あと{n}項目以上を伺ってください。", "Ask {n} item or more.", "Ask {n} items or more."),
    "fallback.now": (
        "確認できました。残りの項目を{n}つ以上伺い、「照合する」を押してください。",
        "Confirmed. Now ask {n} item more and press Check.",
        "Confirmed. Now ask {n} items more and press Check.",
    ),
    # code
    "fallback.code": ("確認コードを送る", "Send a code"),
    "fallback.code.lead": (
        "ご本人専用として登録された携帯電話に、6桁のコードを送ります。コードと番号は、この画面には表示されません。",
        "Six digits go to the mobile that is registered as this person’s own. Neither code nor number is shown here.",
    ),
    "fallback.number": ("送り先", "To"),
    "fallback.tail": ("末尾 {tail} の携帯電話", "Mobile ending in {tail}"),
    "fallback.tail.home": (
        "末尾 {tail} の固定電話（ご家族も出る電話）",
        "Home number ending in {tail}, answered by the household",
    ),
    "fallback.send.sms": ("SMSで送る", "Send by text"),
    "fallback.send.voice": ("電話の音声で伝える", "Tell by voice"),
    "fallback.again.sms": ("SMSで送り直す", "Send another by text"),
    "fallback.again.voice": ("音声で伝え直す", "Tell another by voice"),
    "fallback.left": ("この通話であと{n}回", "{n} more in this call"),
    "fallback.none_left": ("この通話では、これ以上送れません。", "No more can be sent in this call."),
    "fallback.state.sending": ("送信中", "Sending"),
    "fallback.state.sent": ("送信済み", "Sent"),
    "fallback.state.delivered": ("届きました", "Delivered"),
    "fallback.state.undelivered": ("届かず", "Not delivered"),
    "fallback.state.doubtful": ("届いたか不明", "Perhaps sent"),
    "fallback.state.refused": ("送信できず", "Not sent"),
    "fallback.state.expired": ("期限切れ", "Expired"),
    "fallback.state.used": ("確認済み", "Confirmed"),
    "fallback.said.sending": (
        "末尾 {tail} へ送っています。少しお待ちください。",
        "On its way to the number ending in {tail}.",
    ),
    "fallback.said.sent": (
        "末尾 {tail} へ送りました。届いた6桁の番号を伺ってください。{time} まで有効です。",
        "Sent to the number ending in {tail}. Ask for the six digits; good until {time}.",
    ),
    "fallback.said.delivered": (
        "末尾 {tail} の電話に届きました。6桁の番号を伺ってください。{time} まで有効です。",
        "It is on the phone with the number ending in {tail}. Ask for the six digits; good until {time}.",
    ),
    "fallback.said.delivered.voice": (
        "末尾 {tail} への電話がつながり、コードを読み上げました（留守番電話のこともあります）。"
        "6桁の番号を伺ってください。{time} まで有効です。",
        "The call to the number ending in {tail} was answered, perhaps by a voice mail, and the code read out. "
        "Ask for the six digits; good until {time}.",
    ),
    "fallback.said.undelivered": (
        "末尾 {tail} へ届かなかったと、通信会社から通知がありました。",
        "The carrier says that it did not reach the number ending in {tail}.",
    ),
    "fallback.undelivered.switched_off": (
        "電源が入っていないか、電波の届かない所にあるようです。",
        "The phone seems to be switched off or out of reach.",
    ),
    "fallback.undelivered.blocked": (
        "お客様の携帯電話か通信会社が、SMSの受信を拒否しています。ほかの方法をお試しください。",
        "The phone or its network refuses such texts. Try another way.",
    ),
    "fallback.undelivered.number_refused": (
        "SMSを受け取れない番号のようです。ほかの方法をお試しください。",
        "The number seems to take no texts. Try another way.",
    ),
    "fallback.undelivered.busy": ("話し中でした。", "The line was busy."),
    "fallback.undelivered.no_answer": ("応答がありませんでした。", "Nobody answered."),
    "fallback.said.doubtful": (
        "末尾 {tail} へ届いたか分かりません。届いていれば番号を伺い、"
        "届いていなければ送り直してください（{time} まで有効）。",
        "Nobody knows whether it reached the number ending in {tail}. If it did, ask for it; if not, send another. "
        "Good until {time}.",
    ),
    "fallback.said.refused": (
        "末尾 {tail} へ送れませんでした。ほかの方法をお試しください。この送信は回数に数えません。",
        "It could not be sent to the number ending in {tail}. Try another way; this one does not count.",
    ),
    "fallback.said.expired": (
        "コードの有効時間（5分）が過ぎました。必要であれば送り直してください。",
        "The code’s five minutes are over. Send another if it is needed.",
    ),
    "fallback.said.used": ("コードが一致しました。", "The code was right."),
    "fallback.missed": (
        "コードが一致しませんでした。照合はあと{n}回できます。",
        "The code was not right. {n} try left.",
        "The code was not right. {n} tries left.",
    ),
    "fallback.code.field": ("伺った6桁の番号", "The six digits"),
    "fallback.code.judge": ("コードを照合", "Check the code"),
    "fallback.script.code": (
        "ご登録の携帯電話に、6桁の確認コードをお送りいたしました。届きましたら、番号をお読み上げいただけますでしょうか。",
        "I have sent a six-digit code to your registered mobile. Could you read it to me once it has arrived?",
    ),
    # call-back
    "fallback.call_back": ("登録番号へ折り返す", "Call back a registered number"),
    "fallback.call_back.lead": (
        "この通話を終えてから、ご登録の番号へこちらからかけ直します。つながった通話で、あらためて本人確認をはじめてください。",
        "After this call, ring the registered number. Begin the identity check anew in the call that follows.",
    ),
    "fallback.call_back.number": ("かけ直す先", "Call back"),
    "fallback.dial": ("電話機を鳴らして発信", "Ring my phone and dial"),
    "fallback.by_hand": ("自分で発信する", "I dial myself"),
    "fallback.call_back.state.asked": ("発信してください", "Please dial"),
    "fallback.call_back.state.dialled": ("発信しました", "Dialled"),
    "fallback.call_back.state.doubtful": ("発信したか不明", "Perhaps dialled"),
    "fallback.call_back.state.refused": ("発信できず", "Not dialled"),
    "fallback.call_back.state.expired": ("期限切れ", "Expired"),
    "fallback.call_back.state.counted": ("確認済み", "Confirmed"),
    "fallback.call_back.said.asked": (
        "お使いの電話機から、次の番号へ発信してください。{time} までにかけた通話が、折り返しとして認められます。",
        "Dial this number on your phone. A call placed by {time} counts as the call-back.",
    ),
    "fallback.call_back.said.dialled": (
        "お使いの電話機が鳴ります。取ると、末尾 {tail} へ発信します。",
        "Your phone will ring. Take it, and it dials the number ending in {tail}.",
    ),
    "fallback.call_back.said.doubtful": (
        "電話システムから返事がありません。電話機が鳴らなければ、ご自分で発信してください。",
        "The phone system does not answer. If your phone does not ring, dial yourself.",
    ),
    "fallback.call_back.said.refused": (
        "電話システムが発信できませんでした。ご自分で発信してください。この折り返しは回数に数えません。",
        "The phone system could not dial. Please dial yourself; this one does not count.",
    ),
    "fallback.call_back.said.expired": (
        "折り返しの期限（15分）が過ぎました。必要であれば、もう一度選んでください。",
        "The call-back’s fifteen minutes are over. Choose again if it is needed.",
    ),
    "fallback.call_back.said.counted": ("折り返しの通話で確認しました。", "Confirmed in the call that followed."),
    "fallback.line.ringing": (
        "この通話は折り返しです。末尾 {tail} を呼び出しています。応答をお待ちください。",
        "This call is the call-back. The number ending in {tail} is ringing.",
    ),
    "fallback.line.talking": (
        "この通話は折り返しです。末尾 {tail} のご登録番号につながっています。",
        "This call is the call-back. It reached the registered number ending in {tail}.",
    ),
    "fallback.count": ("折り返しとして確認", "Confirm the call-back"),
    # override
    "fallback.override": ("スーパーバイザーに例外を申請する", "Ask a supervisor for an override"),
    "fallback.override.lead": (
        "本人確認をせずに、応対履歴だけを開きます。スーパーバイザーの承認が必要です。通話には「例外」の印が残ります。",
        "Opens past dealings though nothing was proved. A supervisor must approve, and the call stays marked for ever.",
    ),
    "fallback.why": ("理由", "Reason"),
    **{f"fallback.why.{reason}": words for reason, words in _WHY.items()},
    "fallback.words": ("状況（お客様の個人情報は書かないでください）", "What is the matter (nothing personal, please)"),
    "fallback.ask": ("承認を申請", "Ask for approval"),
    "fallback.override.waiting": (
        "スーパーバイザーの承認を待っています（{time} まで）。お客様にお待ちいただくようお伝えください。",
        "Waiting for a supervisor until {time}. Please ask the caller to hold.",
    ),
    "fallback.override.refused": ("承認されませんでした：{words}", "Refused: {words}"),
    "fallback.override.over": ("申請の期限が過ぎました。", "The request ran out of time."),
    "fallback.override.withdrawn": ("申請は取り下げられました。", "The request was withdrawn."),
    "fallback.override.used": (
        "例外として確認：{asked} が申請、{decided} が承認（{why}）",
        "Override: asked by {asked}, approved by {decided} ({why})",
    ),
    # what was wrong
    "fallback.wrong.code": (
        "6桁の数字を入力してください。回数は減っていません。",
        "Please type six digits. No try was used up.",
    ),
    "fallback.wrong.no_code": (
        "照合できるコードがありません。先に送信してください。",
        "There is no code to check. Send one first.",
    ),
    "fallback.wrong.code_expired": (
        "コードの有効時間が過ぎています。送り直してください。回数は減っていません。",
        "The code’s time is over. Send another. No try was used up.",
    ),
    "fallback.wrong.codes_of_call": (
        "この通話では、これ以上コードを送れません。",
        "No more codes can be sent in this call.",
    ),
    "fallback.wrong.code_limit": (
        "このお客様へのコードは、本日の上限に達しました。ほかの方法をお使いください。",
        "This customer’s limit of codes for today is reached. Please use another way.",
    ),
    "fallback.wrong.call_back_limit": (
        "このお客様への折り返しは、本日の上限に達しました。",
        "This customer’s limit of call-backs for today is reached.",
    ),
    "fallback.wrong.no_such_way": ("この方法では送れません。", "That way is not set up."),
    "fallback.wrong.not_called_back": (
        "折り返しの電話がまだつながっていません。つながってから、もう一度押してください。",
        "The call does not show the call-back yet. Press again once it is answered.",
    ),
    "fallback.wrong.reason": (
        "状況を200字以内で入力してください。",
        "Please say what is the matter, in 200 letters at most.",
    ),
    "fallback.wrong.other_caller": (
        "この通話では、別のお客様の本人確認が進んでいるか、済んでいます。",
        "In this call somebody else is being verified, or has been.",
    ),
    "fallback.wrong.approvals": (
        "承認待ちの申請が多すぎます。先の申請の結果を待ってください。",
        "Too many of your requests are waiting. Wait until some are decided.",
    ),
    "fallback.wrong.override_waits": ("すでに承認を待っています。", "A request is already waiting."),
    "fallback.wrong.override_limit": (
        "例外の承認は、本日の上限に達しました。個人情報管理者にご相談ください。",
        "Today’s limit of overrides is reached. Please ask the privacy officer.",
    ),
    "fallback.wrong.provable": (
        "登録情報が更新され、本人確認ができるようになりました。画面のとおりに進めてください。",
        "The record has changed: the caller can be verified now. Go on as the panel says.",
    ),
    "fallback.wrong.call_over": ("通話が終わったため、申請できません。", "The call is over; it is too late to ask."),
    # page of overrides
    "overrides.title": ("本人確認の例外", "Overrides of the identity check"),
    "overrides.lead": (
        "本人確認をせずに、2人の判断で応対履歴を開いた記録です。消えることはありません。",
        "Where two people opened past dealings to a caller who had proved nothing. None of these ever goes away.",
    ),
    "overrides.count": ("過去24時間：{n}件（上限 {most}件）", "Last 24 hours: {n} of {most}"),
    "overrides.none": ("例外の申請はありません。", "No override was ever asked for."),
    "overrides.at": ("日時", "When"),
    "overrides.who": ("お客様", "Customer"),
    "overrides.why": ("理由", "Reason"),
    "overrides.asked": ("申請", "Asked by"),
    "overrides.decided": ("判断", "Decided by"),
    "overrides.state": ("結果", "Result"),
    "overrides.call": ("通話", "Call"),
    "overrides.mark": ("例外", "Override"),
    "frame.nav.overrides": ("確認の例外", "Overrides"),
    # what a supervisor reads in the request
    "approvals.field.verification": ("本人確認", "Identity check"),
    "approvals.field.call": ("通話", "Call"),
    "approvals.field.customer": ("お客様", "Customer"),
    "approvals.field.level": ("開くもの", "What opens"),
    "approvals.field.why": ("理由", "Reason"),
    "approvals.value.level.1": ("応対履歴（録音は開きません）", "Past dealings; no recording"),
    **{f"approvals.value.why.{reason}": words for reason, words in _WHY.items()},
    "approvals.wrong.override_limit": (
        "例外の承認は、24時間の上限に達しています。",
        "The limit of overrides in 24 hours is reached.",
    ),
    "approvals.wrong.call_over": (
        "通話が終わり、猶予の時間も過ぎています。",
        "The call is over, and its grace with it.",
    ),
    "approvals.wrong.locked_out": (
        "一致しない回答が続いたお客様です。停止が解除されるまで、例外も承認できません。",
        "The customer is locked out after repeated mismatches; nobody may be believed until that is lifted.",
    ),
    "approvals.wrong.ended": ("その本人確認は終わっています。", "That identity check has ended."),
    "approvals.wrong.passed": ("その本人確認は、すでに済んでいます。", "That caller has proved himself meanwhile."),
}
