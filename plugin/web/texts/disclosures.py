"""The pages of disclosures: the list, a new request, the steps of a case."""

_KINDS = {
    "disclosure": ("本人からの開示請求", "Request of the person"),
    "police": ("捜査関係事項照会", "Inquiry of the police"),
    "court": ("令状・裁判所の命令", "Warrant or court order"),
}
_STEPS = {
    "intake": ("受付", "Receipt"),
    "identity": ("請求者の確認", "Who asks"),
    "search": ("通話の特定", "Which call"),
    "check": ("第三者の情報", "Others’ data"),
    "decision": ("開示の決定", "Decision"),
    "redaction": ("録音の加工", "Redaction"),
    "letter": ("通知書", "Letter"),
    "delivery": ("交付の記録", "Delivery"),
}
_LEADS = {
    "identity": (
        "確認した書類の種類と、書類の日付だけを記録します。番号や写しは残さないでください。",
        "Note kind and date of each paper that you saw. Keep no number of it, and no copy.",
    ),
    "search": (
        "お申し出の内容に合う通話を探し、理由を付けて案件に加えます。",
        "Find the calls that fit what was said, and add them with a reason.",
    ),
    "check": (
        "通話ごとに、第三者の情報の有無と、お渡しする範囲を決めます。",
        "For each call: whether it holds data of others, and what of it is given.",
    ),
    "redaction": (
        "第三者の情報を消した録音を作り、別の人が聴いて確認します。確認が済むまで、録音を交付できません。",
        "A copy without others’ data is made and confirmed by another listener. Until then no recording may leave.",
    ),
}
_DUTIES = {
    "disclosure": (
        (
            "個人情報保護法第33条により、遅滞なく開示します。開示しないことができるのは、同条第2項各号に当たる場合などに限られます。",
            "APPI article 33 obliges us to disclose without delay. Only the items of its paragraph 2 and the like "
            "allow us not to.",
        ),
        (
            "一部または全部を開示しない場合も、存在しない場合も、その旨と理由をご本人に通知します（第33条第3項、第36条）。",
            "If a part or all is not disclosed, or does not exist, the person is told so, with the reasons (articles "
            "33(3) and 36).",
        ),
        (
            "案件が終わるまで、対象の通話の録音は消去されません。",
            "The recordings of its calls are not erased while the case is open.",
        ),
    ),
    "police": (
        (
            "任意の照会です（刑事訴訟法第197条第2項）。応じる義務はありません。必要性と範囲を確かめ、必要な限度で回答します。",
            "Nobody is bound to answer it (Code of Criminal Procedure article 197(2)). See what it is needed for, and "
            "give no more than that.",
        ),
        (
            "回答するかどうかは、担当者と別の個人情報管理者の二人で決定します。照会書、決定、交付は監査記録に残ります。",
            "Whether it is answered is decided by two privacy officers. Inquiry, decision and delivery stand in the "
            "audit.",
        ),
        (
            "捜査に支障が出るおそれがあるため、照会があったことをご本人に伝えないでください。ご本人からお尋ねがあったときは、個人情報管理者が判断します。",
            "Do not tell the person that there was an inquiry: it could hinder the investigation. If he asks, a "
            "privacy officer decides what he is told.",
        ),
    ),
    "court": (
        (
            "令状や命令には応じる義務があります。書面の原本で、発出元と対象の範囲を確かめてください。",
            "A warrant or an order binds. See by its original who issued it, and what it names.",
        ),
        (
            "書面に記載された範囲だけを提出します。範囲に含まれないものは提出しません。",
            "What it names is given, and nothing beyond it.",
        ),
        (
            "ご本人に伝えてよいかどうかは、書面の記載に従います。記載がなければ、伝える前に法務の担当者に確かめてください。",
            "Whether the person may be told, the writing says. If it does not, ask your legal staff before.",
        ),
    ),
}
_PACES = {
    "calm": ("期限まで{n}日", "{n} day left", "{n} days left"),
    "soon": ("期限まで残り{n}日", "only {n} day left", "only {n} days left"),
    "overdue": ("期限を{n}日超過", "{n} day overdue", "{n} days overdue"),
}

TEXTS = {
    "frame.nav.disclosures": ("開示", "Disclosures"),
    "disclosures.title": ("開示の案件", "Disclosures"),
    "disclosures.lead": (
        "ご本人、警察、裁判所から求められた録音と応対記録の開示を、受付から交付まで二人で進めます。",
        "What persons, the police and courts ask for, from receipt to delivery, by two people.",
    ),
    "disclosures.new": ("請求を受け付ける", "Take a request"),
    "disclosures.open": ("対応中の案件", "Open"),
    "disclosures.open.none": ("対応中の案件はありません。", "No case is open."),
    "disclosures.closed": ("終了した案件", "Closed"),
    "disclosures.number": ("番号", "Number"),
    "disclosures.kind": ("種別", "Kind"),
    "disclosures.received": ("受付日", "Received"),
    "disclosures.due": ("回答期限", "To be answered by"),
    "disclosures.worker": ("担当", "Works on it"),
    "disclosures.second": ("確認者", "Second person"),
    "disclosures.nobody": ("未定", "nobody yet"),
    "disclosures.state": ("状況", "State"),
    "disclosures.state.proposed": ("確認待ち", "with the second person"),
    "disclosures.state.working": ("対応中", "being worked on"),
    "disclosures.urgent": (
        "期限が近い、または過ぎた案件が{n}件あります。",
        "{n} case of yours is overdue, or will be within three days.",
        "{n} cases of yours are overdue, or will be within three days.",
    ),
    "disclosures.urgent.go": ("案件を見る", "See them"),
    **{f"disclosures.kind.{kind}": words for kind, words in _KINDS.items()},
    **{f"disclosures.step.{step}": words for step, words in _STEPS.items()},
    **{f"disclosures.lead.{step}": words for step, words in _LEADS.items()},
    **{f"disclosures.duty.{kind}.{n}": words for kind, said in _DUTIES.items() for n, words in enumerate(said)},
    **{f"disclosures.pace.{pace}": words for pace, words in _PACES.items()},
    "disclosures.pace.today": ("本日が期限", "due today"),
    "disclosures.pace.stopped": ("終了", "closed"),
    "disclosures.steps": ("案件の流れ", "The way of the case"),
    "disclosures.is.done": ("済み", "done"),
    "disclosures.is.next": ("次の作業", "next"),
    "disclosures.is.open": ("未着手", "to come"),
    "disclosures.duties": ("この種別の注意", "What this kind obliges us to"),
    "disclosures.new.title": ("請求の受付", "Take a request"),
    "disclosures.new.what": ("どこからの請求ですか", "Who asks?"),
    "disclosures.new.who": ("請求者", "Who asks"),
    "disclosures.new.call": ("お申し出の通話", "The call, as he remembers it"),
    "disclosures.new.save": ("受け付けて案件を開く", "Take it and open a case"),
    "disclosures.asked_by": ("請求の立場", "In which capacity"),
    "disclosures.asked_by.self": ("ご本人", "the person himself"),
    "disclosures.asked_by.proxy": ("代理の方", "his proxy"),
    "disclosures.asked_by.authority": ("官公署", "an authority"),
    "disclosures.name": ("お名前", "Name"),
    "disclosures.name.officer": ("照会した方のお名前", "Name of the officer"),
    "disclosures.name.hint": ("書面のとおりに入力してください。", "As in the writing."),
    "disclosures.contact": ("連絡先", "How to reach him"),
    "disclosures.contact.hint": ("郵便番号、住所、電話番号", "Postal code, address, number"),
    "disclosures.office": ("官公署の名称と文書番号", "Authority, and the number of its writing"),
    "disclosures.office.hint": (
        "例：渋谷警察署 刑発第123号。通知書の宛先になります。",
        "Such as: Shibuya police station, no. 123. The letter is addressed to it.",
    ),
    "disclosures.way": ("受付方法", "How it came"),
    "disclosures.way.post": ("郵送", "by post"),
    "disclosures.way.visit": ("窓口", "in person"),
    "disclosures.way.online": ("Webフォーム", "online form"),
    "disclosures.way.fax": ("ファクス", "fax"),
    "disclosures.received_on": ("受付日", "Received on"),
    "disclosures.received_on.hint": ("この日から14日を回答の期限とします。", "The answer is due 14 days from here."),
    "disclosures.call_on": ("通話した日", "Day of the call"),
    "disclosures.from": ("何時から", "From"),
    "disclosures.to": ("何時まで", "To"),
    "disclosures.window.hint": ("おおよその時間帯。分からなければ空欄", "About; leave empty if not known"),
    "disclosures.operator": ("話した担当者", "Whom he talked to"),
    "disclosures.number_called": ("発信した電話番号", "Number he rang from"),
    "disclosures.gist": ("通話の内容", "What it was about"),
    "disclosures.gist.hint": (
        "お申し出の言葉のまま。通話を探すときの手がかりになります。",
        "In his own words: they help to find the call.",
    ),
    "disclosures.reason": ("請求の理由", "Why he asks"),
    "disclosures.window": ("{day} {start}〜{stop}", "{day}, {start}–{stop}"),
    "disclosures.when": ("通話の日時", "When the call was"),
    "disclosures.optional": ("任意", "optional"),
    "disclosures.seat.worker": ("担当を引き継ぐ", "Take the case over"),
    "disclosures.seat.second": ("確認者になる", "Be the second person"),
    "disclosures.seat.lead": (
        "通話の内容を読み、録音を聴けるのは、担当と確認者の二人だけです。",
        "Only these two read the calls of the case and hear their recordings.",
    ),
    "disclosures.later": ("期限を延長する", "Move the last day"),
    "disclosures.later.until": ("新しい期限", "New last day"),
    "disclosures.later.hint.person": ("延長は1回だけ、30日まで", "Once, by 30 days at the most"),
    "disclosures.later.hint.office": (
        "先方の了承を得て、一度に30日まで。了承した人を理由に書いてください。",
        "As the authority agrees, 30 days at once at the most. Say in the reason who agreed.",
    ),
    "disclosures.later.reason": ("延長の理由", "Reason"),
    "disclosures.later.reason.hint": ("お知らせの文面に載ります。", "The letter tells it."),
    "disclosures.later.save": ("延長する", "Move it"),
    "disclosures.later.was": (
        "{before}から{until}に延長（{by}、{at}）",
        "moved from {before} to {until} by {by}, {at}",
    ),
    "disclosures.later.letter": ("延長のお知らせを印刷", "Print the notice"),
    "disclosures.later.tell": (
        "延長したことを請求者に知らせ、「交付の記録」に記録してください。",
        "Tell him, and note it under Delivery.",
    ),
    **{
        f"disclosures.lack.{lack}": words
        for lack, words in {
            "two_papers": ("種類の異なる書類が2点必要です。", "Two papers of different kinds are needed."),
            "official_paper": ("公的な本人確認書類が1点必要です。", "One of them has to be an official paper."),
            "mandate": ("有効な代理の登録を選んでください。", "Choose a mandate in force."),
            "written": ("照会書または令状の原本を確かめてください。", "See the original of the inquiry or order."),
            "officer": (
                "警察手帳などの身分証を確かめるか、代表番号に折り返してください。",
                "See the officer’s card, or ring the authority back at its public number.",
            ),
        }.items()
    },
    "disclosures.identified": ("請求者を確認しました。", "It is known who asks."),
    "disclosures.papers": ("確認した書類", "Papers seen"),
    "disclosures.papers.none": ("まだありません。", "None yet."),
    "disclosures.paper": ("書類", "Paper"),
    "disclosures.paper.dated": ("書類の日付", "Dated"),
    "disclosures.paper.dated.hint": ("発行日または交付日", "Day of issue"),
    "disclosures.paper.seen": ("確認した人", "Seen by"),
    "disclosures.paper.add": ("記録する", "Note it"),
    "disclosures.paper.drop": ("取り消す", "Take back"),
    **{
        f"disclosures.paper.{paper}": words
        for paper, words in {
            "licence": ("運転免許証", "driving licence"),
            "my_number_card": ("マイナンバーカード（表面）", "My Number card (front)"),
            "passport": ("パスポート", "passport"),
            "residence_card": ("在留カード", "residence card"),
            "disability_card": ("障害者手帳", "disability card"),
            "health_paper": ("資格確認書（健康保険）", "health insurance certificate"),
            "pension_paper": ("年金手帳・基礎年金番号通知書", "pension book or notice"),
            "resident_record": ("住民票の写し", "certificate of residence"),
            "seal_certificate": ("印鑑登録証明書", "seal registration certificate"),
            "restricted_mail": ("登録住所への本人限定受取郵便", "restricted mail to the address on record"),
            "call_back": ("登録番号への折り返し電話", "call-back to the number on record"),
            "inquiry": ("捜査関係事項照会書", "written inquiry"),
            "order": ("令状・命令書", "warrant or order"),
            "officer_card": ("警察手帳などの身分証", "officer’s card"),
            "switchboard": ("官公署の代表番号への折り返し", "call-back to the authority’s public number"),
        }.items()
    },
    "disclosures.about": ("対象のお客様", "Customer"),
    "disclosures.about.none": ("未設定", "not known yet"),
    "disclosures.code": ("お客様番号", "Customer number"),
    "disclosures.code.hint": ("CRMの番号を正確に（例：C00123）", "Exactly as in the CRM, such as C00123"),
    "disclosures.code.save": ("設定する", "Set"),
    "disclosures.mandate": ("代理の登録", "Mandate"),
    "disclosures.mandate.line": ("{name}様（{day}まで）", "{name}, through {day}"),
    "disclosures.mandate.none": (
        "このお客様には有効な代理の登録がありません。",
        "This customer has no mandate in force.",
    ),
    "disclosures.mandate.go": ("代理の登録を開く", "Open the mandates"),
    "disclosures.mandate.save": ("この登録で受け付ける", "He asks under it"),
    "disclosures.mandate.holds": ("有効な代理の登録を確認しました。", "He asks under a mandate in force."),
}
