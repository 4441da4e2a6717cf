"""Copies of recordings with ranges cut out, for cases and for training."""

TEXTS = {
    "frame.nav.redactions": ("取り除いた録音", "Cut recordings"),
    "frame.nav.clips": ("研修クリップ", "Training clips"),
    "cut.way.redactions.editor": ("渡さない範囲を取り除く", "Cut ranges out for the case"),
    "cut.way.clips.editor": ("研修クリップを作る", "Make a training clip"),
    "cut.way_back": ("案件 {number} に戻る", "Back to case {number}"),
    "cut.after_ask": ("記録して範囲を選ぶ画面へ", "Note it and go on to the ranges"),
    "cut.back": ("録音の画面に戻る", "Back to the recording"),
    "cut.editor.redactions": ("録音から範囲を取り除く", "Cut ranges out of a recording"),
    "cut.editor.redactions.lead": (
        "案件のために社外へ渡す録音を作ります。元の録音は変わりません。作った録音は、別の人が最後まで聴いて"
        "確認するまで取り出せません。",
        "Makes the recording that leaves the house for a case. The original stays as it is. Nothing can be taken out "
        "before somebody else has heard all of it and confirmed it.",
    ),
    "cut.editor.clips": ("研修クリップを作る", "Make a training clip"),
    "cut.editor.clips.lead": (
        "自分のチームの録音から、研修で聴かせる部分を切り出します。お客様や担当者の名前など、誰のことか分かる"
        "部分は必ず範囲に入れてください。",
        "Takes what trainees should hear out of your own team’s recording. Put into a range whatever tells who it is "
        "about: names of the caller and the operator above all.",
    ),
    "cut.legend": ("取り除く範囲", "cut out"),
    "cut.ranges": ("取り除く範囲", "Ranges to cut out"),
    "cut.ranges.how": (
        "波形の下の帯をドラッグするか、聴きながら「ここから」「ここまで」を押します。端は帯の上でも動かせます。"
        "時刻の欄では ↑ ↓ で0.01秒（Shift を押しながらで0.1秒）ずつ動きます。",
        "Drag on the strip under the waveform, or press “From here” and “To here” while you listen. Edges can be moved "
        "on the strip; in the fields ↑ and ↓ move by 0.01 s, with Shift by 0.1 s.",
    ),
    "cut.ranges.done": ("取り除いた範囲", "What was cut out"),
    "cut.added": ("{at} から {to} を取り除きます。", "{at} to {to} will be cut out."),
    "cut.hear.way": ("この録音の画面を開いて聴く", "Open it and listen"),
    "cut.begin": ("ここから", "From here"),
    "cut.end": ("ここまで", "To here"),
    "cut.begun": (
        "{at} から取り除きます。終わりの位置で「ここまで」を押してください。",
        "From {at}. Press “To here” where it ends.",
    ),
    "cut.unbegun": ("先に「ここから」を押してください。", "Please press “From here” first."),
    "cut.preview": ("取り除いた状態で聴く", "Hear it as it will be"),
    "cut.from": ("開始", "From"),
    "cut.to": ("終了", "To"),
    "cut.reason": ("理由", "Reason"),
    "cut.reason.person": ("ほかの人の名前", "Another person’s name"),
    "cut.reason.contact": ("ほかの人の住所・電話番号など", "Another person’s address or number"),
    "cut.reason.account": ("カード・口座の番号", "Card or account number"),
    "cut.reason.secret": ("暗証番号・合言葉", "Password or code"),
    "cut.reason.health": ("ほかの人の健康・家族のこと", "Another person’s health or family"),
    "cut.reason.business": ("会社の秘密", "The company’s own"),
    "cut.reason.customer": ("お客様の名前・連絡先", "The caller’s name or contact"),
    "cut.reason.staff": ("担当者の名前", "The operator’s name"),
    "cut.reason.other": ("その他", "Other"),
    "cut.off": ("外す", "Remove"),
    "cut.off_at": ("{at} からの範囲を外す", "Remove the range from {at}"),
    "cut.around_at": ("{at} の前後を、取り除いた状態で聴く", "Hear around {at} as it will be"),
    "cut.none_yet": ("まだ範囲がありません。", "There is no range yet."),
    "cut.total": ("{n}か所、合わせて {length}", "Ranges: {n}, {length} together"),
    "cut.no_ranges": ("取り除いた範囲はありません（全体をそのまま渡せる録音です）。", "Nothing is cut out."),
    "cut.none.redactions": (
        "取り除く部分はありません（録音の全体を渡します）",
        "Nothing has to be cut out: all of it may leave",
    ),
    "cut.none.clips": (
        "名前などは出てきません（取り除く部分はありません）",
        "No name is said: nothing has to be cut out",
    ),
    "cut.case": ("案件", "Case"),
    "cut.hush": ("取り除いた部分の音", "In their place"),
    "cut.hush.silence": ("無音", "Silence"),
    "cut.hush.bleep": ("信号音（ピー）", "A bleep"),
    "cut.make.redactions": ("この範囲を取り除いて作る", "Make it without these ranges"),
    "cut.make.redactions.what": (
        "数秒で出来上がります。取り除いた部分に音が1サンプルも残っていないこと、ほかの部分が元の録音と同じで"
        "あることを、出来上がった音で確かめます。",
        "Ready in seconds. That no sample is left inside, and that all others are the original’s, is proved on what "
        "was made.",
    ),
    "cut.make.clips": ("クリップを作る", "Make the clip"),
    "cut.make.clips.what": (
        "出来上がったら自分で聴き、別の人に確認を頼んでください。確認が済むまで、研修担当者には見えません。",
        "Hear it yourself once it is ready, then ask somebody else to confirm it. Until then no trainer sees it.",
    ),
    "clip.title": ("題名", "Title"),
    "clip.title.hint": (
        "何の手本かが分かる題名。人の名前は書かないでください。",
        "What it is an example of. No names, please.",
    ),
    "clip.from": ("切り出しの開始", "The clip begins"),
    "clip.to": ("切り出しの終了", "The clip ends"),
    "clip.here": ("今の位置", "Here"),
    "clip.audience": ("聴ける人", "Who hears it"),
    "clip.audience.trainers": ("研修担当者", "Trainers"),
    "clip.audience.leads": ("研修担当者とスーパーバイザー", "Trainers and supervisors"),
    "clip.days": ("残す日数", "Kept for days"),
    "clip.days.hint": (
        "1〜{most}日。過ぎると自動的に消去されます。",
        "1 to {most} days. Then it is erased by itself.",
    ),
    "clip.expires": ("消去される日時", "Erased"),
    "clip.until": ("{at} まで", "until {at}"),
    "cut.copy": ("案件 {number} の録音", "Recording for case {number}"),
    "cut.list.redactions": ("取り除いた録音", "Cut recordings"),
    "cut.list.redactions.lead": (
        "案件のために範囲を取り除いた録音です。作った人とは別の個人情報管理者が、最後まで聴いて確認します。",
        "Recordings from which ranges were cut out for a case. A privacy officer other than who made one hears all of "
        "it and confirms it.",
    ),
    "cut.list.clips": ("研修クリップ", "Training clips"),
    "cut.list.clips.lead": (
        "研修で聴くために、名前などを消して切り出した録音です。期限が来ると消去されます。",
        "Parts of recordings for training, without names. Each is erased when its time is over.",
    ),
    "cut.list.clips.make": (
        "作るには、自分のチームの録音を目的「研修」で開いてください。",
        "To make one, open a recording of your team for the purpose “Training”.",
    ),
    "cut.list.none": ("まだありません。", "There is none yet."),
    "cut.list.line": ("{name}さん作成 {at} · {n}か所", "{name}, {at} · ranges: {n}"),
    "cut.case_closed": ("案件は終了", "case closed"),
    "cut.state.asked": ("作成中", "being made"),
    "cut.state.made": ("確認前", "not confirmed"),
    "cut.state.waiting": ("確認待ち", "waits to be confirmed"),
    "cut.state.confirmed": ("確認済み", "confirmed"),
    "cut.state.failed": ("作成できず", "not made"),
    "cut.state.gone": ("消去済み", "erased"),
    "cut.state.over": ("終了", "over"),
    "cut.said.asked": ("受け付けました。", "It is being made."),
    "cut.said.handed_over": ("確認を依頼しました。", "Somebody else is asked to confirm it."),
    "cut.said.confirmed": ("確認しました。", "You confirmed it."),
    "cut.said.refused": (
        "差し戻しました。この録音はまもなく消去されます。",
        "You refused it. It will be erased in a moment.",
    ),
    "cut.said.given_up": ("取りやめました。まもなく消去されます。", "It was given up, and will be erased in a moment."),
    "cut.being_made": (
        "作成しています。出来上がるとこの画面が切り替わります。",
        "It is being made. This page changes once it is there.",
    ),
    "cut.failed.corrupt": ("元の録音が壊れているため作れませんでした。", "The recording itself is damaged."),
    "cut.failed.key_missing": (
        "元の録音の鍵が見つからないため作れませんでした。システム管理者にお知らせください。",
        "The recording’s key is not there. Please tell your administrator.",
    ),
    "cut.failed.unreadable": (
        "元の録音をいま読めないため作れませんでした。しばらくしてから作り直してください。",
        "The recording cannot be read now. Please make it anew in a while.",
    ),
    "cut.failed.recording_gone": ("元の録音が消去されたため作れませんでした。", "The recording was erased meanwhile."),
    "cut.failed.ffmpeg_missing": (
        "サーバーに ffmpeg がないため作れませんでした。システム管理者にお知らせください。",
        "The server has no ffmpeg. Please tell your administrator.",
    ),
    "cut.failed.ffmpeg_too_slow": (
        "サーバーが混み合っていて作れませんでした。しばらくしてから作り直してください。",
        "The server is too busy. Please make it anew in a while.",
    ),
    "cut.failed.not_stored": (
        "サーバーに保存できませんでした。システム管理者にお知らせください。",
        "The server’s disk did not take it. Please tell your administrator.",
    ),
    "cut.failed.not_proved": (
        "出来上がった音が指定と一致しなかったため、破棄しました。システム管理者にお知らせください。",
        "What was made was not what was asked for, and was thrown away. Please tell your administrator.",
    ),
    "cut.failed.copy_damaged": (
        "この録音のファイルが壊れています。作り直してください。",
        "Its file is damaged. Please make it anew.",
    ),
    "cut.failed.other": ("作れませんでした。作り直してください。", "It could not be made. Please make it anew."),
    "cut.gone": ("この録音は {at} に消去されました。", "It was erased on {at}."),
    "cut.hear": ("聴く", "Listen"),
    "cut.hear.lead": (
        "再生した人・日時・聴いた区間は、すべて監査記録に残ります。",
        "Who listens, when, and to which parts is kept in the audit.",
    ),
    "cut.hear.open": ("再生を始める", "Open it"),
    "cut.confirm": ("聴いて確認する", "Hear and confirm"),
    "cut.confirm.redactions": (
        "最初から最後まで聴き、渡してはいけない内容が残っていないことを確かめてください。",
        "Hear it from beginning to end, and see that nothing is left that must not leave.",
    ),
    "cut.confirm.clips": (
        "最初から最後まで聴き、名前など誰のことか分かる部分が残っていないことを確かめてください。",
        "Hear it from beginning to end, and see that no name is left, nor anything else that tells who it is about.",
    ),
    "cut.confirm.heard": ("最後まで聴いたことを確認できました。", "You have heard all of it."),
    "cut.confirm.not_heard": (
        "まだ聴いていない部分があります。全部を聴くまで確認できません（聴いた部分は波形に色が付きます）。",
        "Parts of it you have not heard yet. It cannot be confirmed before (what you heard is tinted on the waveform).",
    ),
    "cut.confirm.yes": ("残っていないことを確認した", "Confirm: nothing is left"),
    "cut.confirm.no": ("差し戻す（消去する）", "Refuse it: erase it"),
    "cut.waits": (
        "別の人の確認を待っています（{at} まで）。",
        "It waits for somebody else to hear and confirm it, until {at}.",
    ),
    "cut.hand_over": ("別の人に確認を頼む", "Ask somebody else to confirm it"),
    "cut.hand_over.redactions": (
        "まず自分で聴いてから頼んでください。別の個人情報管理者が最後まで聴いて確認すると、取り出せるようになります。",
        "Hear it yourself first. Once another privacy officer heard all of it and confirmed it, it can be taken out.",
    ),
    "cut.hand_over.clips": (
        "まず自分で聴いてから頼んでください。別のスーパーバイザーか個人情報管理者が最後まで聴いて確認します。",
        "Hear it yourself first. Another supervisor, or a privacy officer, hears all of it and confirms it.",
    ),
    "cut.hand_over.submit": ("確認を頼む", "Ask"),
    "cut.note": ("確認する人への説明", "What should be looked at"),
    "cut.file": ("ファイルを取り出す", "Take the file out"),
    "cut.file.lead": (
        "案件のために社外へ渡すファイルです。取り出したことは、ファイルの照合値とともに監査記録に残ります。"
        "FLAC は WAV と同じ音で、大きさはおよそ半分です。",
        "The file that leaves the house for the case. That it was taken out stands in the audit with its SHA-256. FLAC "
        "holds the same sound as WAV at about half the size.",
    ),
    "cut.stays.others": (
        "開示請求などの録音を取り出せるのは、その案件の担当者だけです。",
        "Who works on the disclosure takes its recordings out, and nobody else.",
    ),
    "cut.stays.undecided": (
        "案件の決定がまだです。もう一人が全部または一部の開示に同意すると、担当者が取り出せるようになります。",
        "The case is not decided. Once the second person agreed that all or a part is given, who works on it can take "
        "it out.",
    ),
    "cut.stays.not_given": (
        "案件の決定は、この録音を渡すものではありません。",
        "What was decided does not give this recording.",
    ),
    "cut.stays.whole": (
        "この録音は、範囲を取り除いて渡すと決まっています。何も取り除いていないものは渡せません。",
        "It was decided that this recording is given with ranges cut out. Nothing is cut out of this copy.",
    ),
    "cut.file.flac": ("FLACで取り出す", "Take out as FLAC"),
    "cut.file.wav": ("WAVで取り出す", "Take out as WAV"),
    "cut.facts": ("この録音について", "About this recording"),
    "cut.made_by": ("作った人", "Made by"),
    "cut.confirmed_by": ("確認した人", "Confirmed by"),
    "cut.sha256.wav": ("WAVの照合値（SHA-256）", "SHA-256 of the WAV"),
    "cut.sha256.flac": ("FLACの照合値（SHA-256）", "SHA-256 of the FLAC"),
    "cut.again": ("同じ範囲から作り直す", "Make another from these ranges"),
    "cut.give_up.redactions": ("この録音を取りやめる", "Give it up"),
    "cut.give_up.clips": ("このクリップを消去する", "Erase this clip"),
    "cut.wrong.no_ranges": (
        "範囲がありません。取り除く部分がない場合は、その旨にチェックを入れてください。",
        "There is no range. Where nothing has to be cut out, please tick that.",
    ),
    "cut.wrong.range": (
        "読み取れない範囲があります。開始と終了は録音（クリップでは切り出す部分）の中にしてください。",
        "A range cannot be read, or lies outside the recording, or outside the clip.",
    ),
    "cut.wrong.ranges": ("範囲は500か所までです。", "There can be 500 ranges at most."),
    "cut.wrong.not_in_case": (
        "この通話は、いまその案件に入っていません。案件の画面で確認してください。",
        "The call does not belong to that case now. Please see the case.",
    ),
    "cut.wrong.redactions": (
        "この録音には、確認されていないものが多すぎます。要らないものを取りやめてください。",
        "Too many copies of this recording wait. Please give up those that are not needed.",
    ),
    "cut.wrong.stretch": (
        "切り出す部分は1秒以上にし、録音の中にしてください。",
        "A clip is a second at least, within the recording.",
    ),
    "cut.wrong.title": (
        "題名を1行、120文字以内で入力してください。",
        "Please give a title of up to 120 letters on one line.",
    ),
    "cut.wrong.days": ("残す日数を確かめてください。", "Please check for how many days it is kept."),
    "cut.wrong.audience": ("聴ける人を選んでください。", "Please choose who hears it."),
    "cut.wrong.hush": ("取り除いた部分の音を選んでください。", "Please choose what stands in their place."),
    "cut.wrong.reason": ("一言、入力してください（200文字まで）。", "Please say why, in up to 200 letters."),
    "cut.wrong.asked_already": ("すでに確認を頼んでいます。", "Somebody is asked already."),
    "cut.wrong.not_made": ("この録音は、いまは確認を頼めません。", "It cannot be handed over as it is now."),
    "cut.wrong.confirmed": ("確認済みの録音は取りやめられません。", "What was confirmed cannot be given up."),
    "cut.wrong.on_hold": (
        "この通話は保全されているため、消去できません。",
        "The call is on hold: nothing of it is erased.",
    ),
    "cut.wrong.other": (
        "できませんでした。画面を開き直してください。",
        "That could not be done. Please open the page anew.",
    ),
    "errors.redaction.title": ("見つかりません", "Not found"),
    "errors.redaction.detail": (
        "この録音はないか、期限が過ぎたか、聴ける人に含まれていません。",
        "There is no such recording, its time is over, or it is not for you.",
    ),
    "errors.not_confirmed.title": ("まだ取り出せません", "It cannot be taken out yet"),
    "errors.not_confirmed.detail": (
        "別の人が最後まで聴いて確認すると、取り出せるようになります。",
        "It can be taken out once somebody else has heard all of it and confirmed it.",
    ),
}
