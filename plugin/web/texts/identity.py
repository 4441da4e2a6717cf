"""Verifying a caller: the panel, and the scripts that are read out to the caller."""

TEXTS = {
    "identity.title": ("本人確認", "Identity check"),
    "identity.state.locked": ("未確認", "Not verified"),
    "identity.state.in_progress": ("確認中", "In progress"),
    "identity.state.verified": ("確認済み", "Verified"),
    "identity.state.family": ("ご家族", "Family"),
    "identity.state.failed": ("確認できませんでした", "Not confirmed"),
    "identity.state.locked_out": ("受付停止中", "Locked out"),
    "identity.state.expired": ("期限切れ", "Expired"),
    "identity.state.impossible": ("確認項目が不足", "Too few items"),
    "identity.until": ("{who} 様・担当 {by}・{time} まで有効", "{who} · by {by} · until {time}"),
    "identity.ends": ("{time} まで", "until {time}"),
    "identity.warn": (
        "本人確認の残り時間は1分です。お電話がつながっていれば、Eキーで延長できます。",
        "One minute left for the identity check. While the caller is on the line, press E for more time.",
    ),
    "identity.left": ("残り時間", "Time left"),
    "identity.left_s": ("残り{n}秒", "{n} seconds left"),
    "identity.extend": ("時間を延長", "More time"),
    "identity.extend.lead": (
        "お客様がお調べになっている間は、延長できます。",
        "Where the caller needs longer, extend the time.",
    ),
    "identity.extended": ("時間を延長しました。", "The time was extended."),
    "identity.away": (
        "サーバーに接続できません。入力した内容は残っています。接続が戻ってから、もう一度お試しください。",
        "The server cannot be reached. What you typed is still here; please try again once the connection is back.",
    ),
    "identity.go": ("入力欄へ", "To the fields"),
    "identity.said.locked": (
        "電話番号だけでは本人確認になりません。お電話口の方をお選びください。",
        "A phone number alone proves nobody's identity. Please choose who is calling.",
    ),
    "identity.said.in_progress": (
        "伺った内容をそのまま入力してください。合否は全体でのみ表示されます。",
        "Type what the caller says. Only the result of the whole set is shown.",
    ),
    "identity.said.level_1": (
        "これまでの応対履歴をご案内できます。",
        "Past dealings may be told.",
    ),
    "identity.said.level_2": (
        "応対履歴のご案内と、録音確認のご依頼の受付ができます。",
        "Past dealings may be told, and a request to hear a recording may be taken.",
    ),
    "identity.said.family": (
        "ご家族にはお答えできません。ご契約の有無もお伝えしないでください。",
        "Tell nothing to anybody but the person, not even whether there is a contract.",
    ),
    "identity.said.asks_proxy": (
        "代理の方ご自身のことを伺ってください。確認できるまで、登録やご契約の有無はお伝えしないでください。",
        "Ask the proxy about himself. Until he is verified, do not say whether there is a mandate or a contract.",
    ),
    "identity.said.asks_company": (
        "{who}様ご本人の項目と、{company}についての項目を伺ってください。合否は全体でのみ表示されます。",
        "Ask {who} about himself, and something about {company}. Only the result of the whole set is shown.",
    ),
    "identity.said.mandate": ("代理の方として登録されています。", "A mandate is registered."),
    "identity.said.failed": (
        "この通話で確認できる回数を使い切りました。どの項目が違ったかは表示されません。",
        "No further try in this call. Which item was wrong is not shown.",
    ),
    "identity.said.locked_out": (
        "一致しない回答が続いたため、本人確認を約{n}時間停止しています。スーパーバイザーにお知らせください。",
        "After repeated mismatches no check is possible for about {n} hour. Please tell a supervisor.",
        "After repeated mismatches no check is possible for about {n} hours. Please tell a supervisor.",
    ),
    "identity.said.expired": (
        "本人確認の有効時間が過ぎました。ご案内を続けるには、もう一度確認してください。",
        "The identity check has run out. To go on, please check again.",
    ),
    "identity.said.impossible": (
        "登録されている項目が足りないため、お電話での本人確認ができません。",
        "Too few items are on record to verify the caller by phone.",
    ),
    "identity.missed": (
        "一致しませんでした。あと{n}回確認できます。どの項目かは表示されません。",
        "The set did not match. {n} try left. Which item was wrong is not shown.",
        "The set did not match. {n} tries left. Which item was wrong is not shown.",
    ),
    "identity.tries": ("あと{n}回", "{n} try left", "{n} tries left"),
    "identity.ask": (
        "{n}項目以上を伺ってください（うち「本人のみ」{own}つ以上）。",
        "Ask {n} items or more, at least {own} of them marked “only the person”.",
    ),
    "identity.ask_further": (
        "録音確認をご希望の場合は、さらに{n}項目を伺ってください。",
        "For a request to hear a recording, ask {n} more.",
    ),
    "identity.count": ("{n}項目中{k}項目を入力", "{k} of {n} items"),
    "identity.too_few": (
        "{n}項目以上（うち「本人のみ」{own}つ以上）を入力してください。回数は減っていません。",
        "Please fill in {n} items or more, {own} of them marked “only the person”. No try was used up.",
    ),
    "identity.too_few_further": (
        "まだ伺っていない項目を入力してください。回数は減っていません。",
        "Please fill in an item that was not asked before. No try was used up.",
    ),
    "identity.wrong.own_mandate": (
        "このお客様の代理の登録か承認をした人は、代理の方の確認を行えません。ほかの担当者に代わってください。",
        "You registered or approved a mandate of this customer, so a colleague must verify the proxy.",
    ),
    "identity.person": ("本人のみ", "only the person"),
    "identity.judge": ("照合する", "Check"),
    "identity.who": ("お電話口の方", "Who is calling"),
    "identity.who_now": ("お電話口の方が代わったら", "If somebody else takes the phone"),
    "identity.role.self": ("ご本人", "The person"),
    "identity.role.family": ("ご家族", "Family"),
    "identity.role.proxy": ("代理の方", "A proxy"),
    "identity.role.company": ("ご担当者", "A contact of the company"),
    "identity.contact": ("会社のご担当者", "Who of the company"),
    "identity.about": ("{company}についての項目（1つ以上）", "About {company}, one or more"),
    "identity.if_family": ("ご家族がお電話口の場合", "If family is on the phone"),
    "identity.protest": (
        "「番号が表示されているでしょう」と言われたら",
        "When the caller says “you can see my number”",
    ),
    "identity.item.name_kana": ("お名前（フリガナ）", "Name (reading)"),
    "identity.item.name": ("お名前（漢字）", "Name (written)"),
    "identity.item.birth_date": ("生年月日", "Date of birth"),
    "identity.item.postal_code": ("郵便番号", "Postal code"),
    "identity.item.address": ("ご住所", "Address"),
    "identity.item.phone_home": ("ご登録の固定電話", "Registered home number"),
    "identity.item.phone_mobile": ("ご登録の携帯電話", "Registered mobile number"),
    "identity.item.member_code": ("お客様番号", "Customer number"),
    "identity.item.contract_number": ("ご契約番号", "Contract number"),
    "identity.item.card_last4": ("カード番号の下4桁", "Last 4 digits of the card"),
    "identity.item.recent_transaction": ("直近のお取引金額", "Amount of the last transaction"),
    "identity.item.passphrase": ("合言葉", "Passphrase"),
    "identity.hint.name_kana": ("例：ミナト ハルカ", "Full name in kana"),
    "identity.hint.name": ("例：湊 遥（異体字は区別しません）", "Full name in kanji; variants count as one"),
    "identity.hint.birth_date": ("例：昭和45年6月7日、1970/6/7", "such as 1970-06-07 or S45.6.7"),
    "identity.hint.postal_code": ("例：100-0001", "such as 100-0001"),
    "identity.hint.address": (
        "番地・部屋番号まで。都道府県・市区町村は省略できます",
        "Down to number and room; prefecture and city may be left out",
    ),
    "identity.hint.phone_home": ("市外局番から", "With the area code"),
    "identity.hint.phone_mobile": ("例：090-0000-0000", "such as 090-0000-0000"),
    "identity.hint.member_code": ("例：C00123", "such as C00123"),
    "identity.hint.contract_number": (
        "例：AB-0123-4567（区切りは不要）",
        "such as AB-0123-4567; hyphens may be left out",
    ),
    "identity.hint.card_last4": ("例：0123（先頭の0も入力）", "such as 0123, zeros included"),
    "identity.hint.recent_transaction": ("例：9,800円", "such as 9,800"),
    "identity.hint.passphrase": ("ご登録どおりに", "As registered"),
    "identity.script.in_progress": (
        "ご案内の前に、ご本人様の確認をさせていただいております。恐れ入りますが、いくつかお伺いしてもよろしいでしょうか。",
        "Before we go on, may I ask you a few questions to make sure that I am speaking with the right person?",
    ),
    "identity.script.again": (
        "恐れ入ります。確認がとれませんでしたので、もう一度最初からお伺いしてもよろしいでしょうか。",
        "I am sorry, I could not confirm that. May I ask you once more from the beginning?",
    ),
    "identity.script.protest": (
        "ご不便をおかけして申し訳ございません。お電話番号は、ご家族やほかの方がお使いになることもございますので、"
        "番号だけではご本人様と確認できかねます。お客様の大切な情報をお守りするため、"
        "皆様にお伺いしております。ご協力をお願いできますでしょうか。",
        "I am sorry for the trouble. A phone may be used by family or others, so the number alone does not tell us who "
        "is calling. To protect your information we ask everybody. May I ask for your help?",
    ),
    "identity.script.family": (
        "申し訳ございません。個人情報保護のため、ご家族の方であっても、ご利用の有無を含めてお答えいたしかねます。"
        "お手数をおかけしますが、ご本人様よりお電話をいただけますでしょうか。",
        "I am sorry. To protect personal information I cannot answer even to family, nor say whether there is an "
        "account. Could the person please call us?",
    ),
    "identity.script.asks_proxy": (
        "代理の方からのお問い合わせは、事前にお手続きをいただいた方であることを確認できた場合に限り承っております。"
        "確認がとれるまでは、ご利用の有無を含めてお答えいたしかねます。恐れ入りますが、お客様ご自身について、"
        "いくつかお伺いしてもよろしいでしょうか。",
        "We can help a proxy only once we have made sure that he was registered beforehand. Until then I cannot say "
        "whether there is an account. May I ask you a few questions about yourself?",
    ),
    "identity.script.proxy": (
        "申し訳ございません。代理の方からのお問い合わせにつきましては、ご本人様からの事前のお手続きを確認できた場合に限り"
        "承っております。ご利用の有無を含めてお答えいたしかねますので、ご本人様よりお電話をいただけますでしょうか。",
        "I am sorry. We can help a proxy only where the person has registered him beforehand. I cannot say whether "
        "there is an account. Could the person please call us?",
    ),
    "identity.script.failed": (
        "申し訳ございません。伺った内容ではご本人様と確認ができませんでしたので、このお電話でのご案内はいたしかねます。"
        "お手元に書類をご用意のうえ、あらためてお電話をいただけますでしょうか。",
        "I am sorry, I could not confirm your identity, so I cannot go on in this call. Could you please call again "
        "with your papers at hand?",
    ),
    "identity.script.locked_out": (
        "申し訳ございません。お客様の情報をお守りするため、ただいまお電話でのご本人様確認を承ることができません。"
        "責任者に申し伝えますので、日をあらためてお電話をいただけますでしょうか。",
        "I am sorry. To protect your information we cannot check identities by phone at the moment. I shall tell my "
        "supervisor; could you please call again another day?",
    ),
    "identity.script.impossible": (
        "申し訳ございません。お電話ではご本人様の確認ができかねますので、担当の者に申し伝えます。",
        "I am sorry, your identity cannot be confirmed by phone. I shall pass this on to the colleague in charge.",
    ),
}
