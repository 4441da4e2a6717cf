"""The page that explains what callers must prove."""

TEXTS = {
    "frame.nav.policy": ("本人確認の決まり", "Verification rules"),
    "policy.title": ("本人確認の決まり", "What callers must prove"),
    "policy.lead": (
        "いまの設定で、どのような方がどこまで進めるかを示します。決まりは設定ファイルで変えられますが、ご家族が知っていることだけで"
        "確認が済む設定や、履歴の確認だけで録音が聞ける設定にはできません。",
        "How far whom these settings let. The rules are settings of the site; but none can be set by which what a "
        "family knows suffices, or by which the history alone opens a recording.",
    ),
    "policy.levels": ("必要なもの", "What it takes"),
    "policy.level.0": ("何も開きません", "Nothing opens"),
    "policy.level.1": ("応対履歴まで", "History"),
    "policy.level.2": ("応対履歴と録音確認の依頼", "History and requests to listen"),
    "policy.history": ("レベル1：応対履歴", "Level 1: the history"),
    "policy.history.items": (
        "{classes}つ以上の区分にわたる{n}項目。そのうち{persons}項目以上は、本人だけが知る・持つもの",
        "{n} things of {classes} classes or more, at least {persons} of them what only the person knows or has",
    ),
    "policy.history.call_back": (
        "または、同居の方も知る{n}項目と、本人の携帯電話への折り返し",
        "or {n} things that the household knows, and a call back to the person’s own mobile",
    ),
    "policy.listen": ("レベル2：録音確認の依頼", "Level 2: requests to listen"),
    "policy.listen.further": (
        "レベル1に加えて、本人だけが知る・持つものをさらに{n}つ",
        "Level 1, and {n} more thing that only the person knows or has",
        "Level 1, and {n} more things that only the person knows or has",
    ),
    "policy.listen.proofs": ("次の確認も1つに数えます：{proofs}", "Counted as one of them: {proofs}"),
    "policy.proof.one_time_code": ("携帯電話へ送る確認コード", "a code sent to the mobile"),
    "policy.proof.call_back_personal_mobile": ("本人の携帯電話への折り返し", "a call back to the personal mobile"),
    "policy.proof.call_back_home": ("固定電話への折り返し", "a call back to the home line"),
    "policy.listen.staff": (
        "録音の再生：お客様対応担当が、レベル2の確認のあとに再生できます",
        "Playing: service staff may play a recording to a caller verified at level 2",
    ),
    "policy.listen.nobody": (
        "録音の再生：通話中のお客様には再生しない設定です",
        "Playing: recordings are never played to callers on this site",
    ),
    "policy.limits": ("回数と時間", "Tries and time"),
    "policy.tries": ("1回の通話で{n}回まで", "{n} try in a call", "{n} tries in a call"),
    "policy.failures": (
        "お客様ごとに、24時間に{n}回一致しないと停止",
        "locked out after {n} mismatch of a customer in 24 hours",
        "locked out after {n} mismatches of a customer in 24 hours",
    ),
    "policy.minutes": ("1項目につき{n}分", "{n} minute for each item", "{n} minutes for each item"),
    "policy.settled": (
        "変更から{n}日たたない回答・電話番号は数えません",
        "answers and numbers changed within {n} day do not count",
        "answers and numbers changed within {n} days do not count",
    ),
    "policy.who": ("誰がどこまで進めるか", "Who comes how far"),
    "policy.who.lead": (
        "その方が答えられる項目をすべて正しく答えた、いちばん不利な場合です。",
        "The worst case: the caller answers everything that such a person can know.",
    ),
    "policy.knower": ("どのような方か", "Who calls"),
    "policy.knows": ("答えられるもの", "What he can answer"),
    "policy.reaches": ("進めるところ", "How far he comes"),
    "policy.nothing": ("なし", "nothing"),
    "policy.knower.stranger": ("名簿を持つ他人", "A stranger with a directory"),
    "policy.knower.letter": ("郵便物を見た人", "Somebody who opened a letter"),
    "policy.knower.family": ("同居のご家族", "A family member in the house"),
    "policy.knower.wallet": ("財布を拾った人", "Somebody who found the wallet"),
    "policy.knower.phone": ("本人の携帯電話も使えるご家族", "Family with the person’s mobile in hand"),
    "policy.knower.customer": ("ご本人", "The person"),
    "policy.warn": (
        "ご本人でない方が応対履歴まで進める組み合わせがあります。「本人だけ」の項目を2つ求める（verify_history_persons）と防げます。",
        "Somebody who is not the person can reach the history. Asking for two things that only the person has "
        "(verify_history_persons) prevents it.",
    ),
    "policy.asked": ("伺う項目", "What is asked"),
    "policy.class.public": ("誰でも知りうる", "Anybody may know"),
    "policy.class.household": ("同居の方も知る", "The household knows"),
    "policy.class.person": ("本人だけ", "Only the person"),
    "policy.class.none": ("伺いません", "not asked"),
    "policy.count": ("確認できるお客様の数", "Customers who can be verified"),
    "policy.count.lead": (
        "登録されている回答から、確認できるお客様を数えます。お客様が多いと数秒かかります。",
        "Counts from the answers on record. With many customers it takes some seconds.",
    ),
    "policy.count.go": ("数える", "Count"),
    "policy.count.again": ("数え直す", "Count again"),
    "policy.count.people": ("個人のお客様", "People"),
    "policy.count.history": ("回答だけで応対履歴まで", "Reach the history by answers"),
    "policy.count.listen": ("回答だけで録音確認の依頼まで", "Reach requests to listen by answers"),
    "policy.count.history_by_phone": (
        "携帯電話での確認も使って応対履歴まで",
        "Reach the history with their mobile too",
    ),
    "policy.count.listen_by_phone": (
        "携帯電話での確認も使って録音確認の依頼まで",
        "Reach requests to listen with their mobile too",
    ),
    "policy.count.share": ("{share}%", "{share}%"),
    "policy.count.few": (
        "半数以上のお客様は、どの組み合わせでも確認できません。CRMに「本人だけ」の項目を登録するか、携帯電話での確認を使えるようにしてください。",
        "More than half of the customers cannot be verified at all. Have the CRM hold an item that only the person "
        "knows, or set up codes and call-backs.",
    ),
}
