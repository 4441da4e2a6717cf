"""The rules of recording (録音利用規程): the sheet that staff read and confirm, and what they are reminded of."""

TEXTS = {
    "rules.title": ("録音利用規程", "Rules of recording"),
    "rules.unread": (
        "録音利用規程が新しくなりました。読んで確認してください。",
        "The rules of recording have changed. Please read and confirm them.",
    ),
    "rules.unread.go": ("規程を読む", "Read the rules"),
    "rules.begun": (
        "この規程は、初期値から作られています。録音の利用目的を決めて施行すると、内容が決まり、確認を受け付けます。",
        "Made of the values that every site begins with. Staff confirm it once the site has put its own in force.",
    ),
    "rules.print": ("印刷", "Print"),
    "rules.other_language.ja": ("英語版", "In English"),
    "rules.other_language.en": ("日本語版", "In Japanese"),
    "rules.since": ("{y}年{m}月{d}日 施行", "In force since {y}-{m:02}-{d:02}"),
    "rules.edition": ("版 {mark}", "edition {mark}"),
    "rules.why": (
        "1. 録音の目的・保存・聞ける人",
        "1. Purposes, periods, and who may listen",
    ),
    "rules.periods": (
        "録音は、当てはまる目的のうち最も長い期間まで保存します。目的ごとの期間が終わると、ほかの目的で保存していても、"
        "その目的では聞けません。",
        "A recording is kept until the latest end of the purposes that apply to it. When the period of one purpose is "
        "over, nobody listens for it any more, even while the recording is kept for another.",
    ),
    "rules.notice": ("2. お客様への告知と録音拒否", "2. Notice, and callers who decline"),
    "rules.notice.1": (
        "お話を始める前に告知します。こちらからおかけする電話など、自動の告知が流れない通話では、冒頭で口頭でお伝えし、画面に記録します。",
        "The notice comes before the conversation. Where none is played, as in calls that we make, the operator tells "
        "the caller at the beginning, and notes it.",
    ),
    "rules.notice.2": (
        "お客様が録音を希望されないときは、すぐに「録音拒否」を押します。録音は止まり、残っている音声は誰も聞けません。次のお電話でも同じ扱いにします。",
        "Where a caller declines, press “Declines recording” at once. Recording is paused, what was recorded is heard "
        "by nobody, and the same holds in later calls.",
    ),
    "rules.notice.3": (
        "告知が流れなかった通話の録音は、スーパーバイザーが理由を添えて認めるまで、品質の確認・研修・外部への提供に使いません。",
        "Recordings of calls without a notice are used for neither quality nor training, and given to nobody, until a "
        "supervisor accepts that with a reason.",
    ),
    "rules.listening": ("3. 録音を聞くとき", "3. Listening"),
    "rules.listening.1": (
        "まず応対記録を読みます。記録がないとき、内容に食い違いがあるときに限り、録音を聞きます。",
        "Read the written record first. Listen only where it is missing or contradicted.",
    ),
    "rules.listening.2": (
        "聞くたびに目的を示します。必要なときは案件番号も入力します。",
        "Give the purpose each time, and the reference of the case where one is needed.",
    ),
    "rules.listening.3": (
        "いつ・誰が・何のために・どこを聞いたかは、すべて監査記録に残り、応対した本人も見られます。",
        "Who listened, when, why and to which parts is kept in the audit; the operator of the call sees it too.",
    ),
    "rules.listening.4": (
        "電話番号だけで本人とは判断しません。ご家族にも、録音や取引の有無を含めて案内しません。",
        "A telephone number proves nobody. Family is told nothing, not even that there is a recording.",
    ),
    "rules.listening.5": (
        "業務以外の目的で聞くこと、写すこと、持ち出すこと、人に話すことはできません。",
        "Nobody listens, copies, takes away or tells of it for anything but the work.",
    ),
    "rules.erasing": ("4. 消去と保全", "4. Erasing and holds"),
    "rules.erasing.1": (
        "期間が終わった録音は、順に消去します。応対記録は、定めた期間、残ります。",
        "Recordings are erased in turn when their time is over. The written record stays for its own period.",
    ),
    "rules.erasing.2": (
        "開示の請求・捜査・訴訟などで必要な録音は、案件として保全します。保全中は消去しません。解除は二人で行います。",
        "What disclosure, an inquiry or a lawsuit needs is put on hold in a case; a hold beats erasing, and is "
        "released by two people.",
    ),
    "rules.erasing.3": (
        "保存期間を短くする変更と、聞ける人を増やす変更は、二人で決めます。",
        "Two people decide where something is to be kept for a shorter time, or more people are to listen.",
    ),
    "rules.confirm.lead": (
        "内容を読んだら、確認してください。規程が変わったときは、もう一度お願いします。",
        "Please confirm once you have read it, and again whenever the rules change.",
    ),
    "rules.confirm": ("読んで確認しました", "I have read the rules"),
    "rules.known": ("確認済み", "Confirmed"),
    "rules.readers": ("確認の状況", "Who has confirmed"),
    "rules.missing": ("未確認 {n}人", "{n} has not yet", "{n} have not yet"),
    "rules.not_yet": ("未確認", "Not yet"),
    "rules.wrong.edition": (
        "規程が新しくなりました。もう一度読んで確認してください。",
        "The rules have changed meanwhile. Please read them again.",
    ),
}
