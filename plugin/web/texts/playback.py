"""The gated page of a recording: the question why, the player, and what may go wrong with it."""

TEXTS = {
    "listen.title": ("通話の録音 {at}", "Recording of the call of {at}"),
    "listen.head": ("通話の録音", "Call recording"),
    "listen.began": ("録音開始", "Began"),
    "listen.length": ("長さ", "Length"),
    "listen.state": ("状態", "State"),
    "listen.call": ("通話の記録を開く", "Open the call"),
    "listen.record": ("応対記録", "Written record"),
    "listen.record.first": (
        "まず応対記録をご確認ください。記録がない場合や、内容に食い違いがある場合に録音を再生します。",
        "Please read the written record first. Play the recording where it is missing or contradicted.",
    ),
    "listen.record.none": ("この通話の応対記録はありません。", "There is no written record of this call."),
    "listen.record.by": ("{name} {at}", "{name}, {at}"),
    "listen.request": ("用件", "Request"),
    "listen.response": ("対応", "Response"),
    "listen.promise": ("約束", "Promise"),
    "listen.next_step": ("次回", "Next step"),
    "listen.state.recording": ("録音中", "Being recorded"),
    "listen.state.pending": ("取り込み待ち", "Waiting for the file"),
    "listen.state.processing": ("取り込み中", "Being brought in"),
    "listen.state.ready": ("再生できます", "Ready"),
    "listen.state.waiting_only": ("待ち時間のみ", "Waiting only"),
    "listen.state.empty": ("無音", "Silent"),
    "listen.state.missing": ("ファイルなし", "Missing"),
    "listen.state.corrupt": ("破損", "Damaged"),
    "listen.state.expired": ("保存期間終了", "Expired"),
    "listen.state.declined": ("録音なし（お客様のご意向）", "Not recorded at the caller's wish"),
    "listen.why.recording": ("通話が終わると取り込まれます。", "It is brought in when the call has ended."),
    "listen.why.pending": (
        "電話システムの録音ファイルを待っています。しばらくしてから再読み込みしてください。",
        "The phone system's file has not arrived yet. Please reload the page in a while.",
    ),
    "listen.why.processing": (
        "録音を暗号化しています。しばらくしてから再読み込みしてください。",
        "It is being encrypted. Please reload the page in a moment.",
    ),
    "listen.why.waiting_only": (
        "会話が始まる前に切れた通話のため、音声は保存していません。",
        "Nobody talked in this call, so no sound was kept.",
    ),
    "listen.why.empty": ("録音ファイルに音声が入っていませんでした。", "The file held no sound."),
    "listen.why.missing": (
        "電話システムから録音ファイルが届きませんでした。通話の記録は残っています。",
        "The phone system's file never came. The call’s record stands.",
    ),
    "listen.why.corrupt": (
        "録音ファイルが壊れているため再生できません。通話の記録は残っています。システム管理者にお知らせください。",
        "The file is damaged and cannot be played. The call’s record stands. Please tell your administrator.",
    ),
    "listen.why.not_converted": (
        "ブラウザーで再生できる形式に変換できませんでした。通話の記録は残っています。システム管理者にお知らせください。",
        "It could not be converted for browsers. The call’s record stands. Please tell your administrator.",
    ),
    "listen.why.host_refuses": (
        "録音を保管しているサーバーが接続を認めていないため、取り込めません。システム管理者にお知らせください。",
        "The server that keeps it does not let us in. Please tell your administrator.",
    ),
    "listen.why.host_away": (
        "録音を保管しているサーバーから受け取れませんでした。三日間は自動でやり直します。",
        "The server that keeps it did not give it to us. It is tried again by itself for three days.",
    ),
    "listen.why.address_refused": (
        "録音の場所として知らされたアドレスは、取り込みが許可されていません。システム管理者にお知らせください。",
        "It may not be fetched from the address that we were told. Please tell your administrator.",
    ),
    "listen.why.gone": (
        "録音を保管していたサーバーから、すでに消去されています。通話の記録は残っています。",
        "The server that kept it has erased it. The call’s record stands.",
    ),
    "listen.why.not_stored": (
        "録音の読み書きができないため、まだ取り込めていません。自動でやり直します。"
        "続くときはシステム管理者にお知らせください。",
        "It could not be read or stored yet, and is tried again by itself. Please tell your administrator if it goes"
        " on.",
    ),
    "listen.why.expired_at": (
        "録音は期限切れです。{at} に音声を消去しました（{rule}）。通話の記録は残っています。",
        "The sound was erased on {at} ({rule}). The call’s record stands.",
    ),
    "listen.why.expired": (
        "保存期間が過ぎたため音声を消去しました。通話の記録は残っています。",
        "The sound was erased in turn. The call’s record stands.",
    ),
    "listen.why.declined": (
        "お客様のご意向により録音していません。",
        "The caller did not want to be recorded.",
    ),
    "listen.ask": ("再生の目的", "Why do you listen?"),
    "listen.ask.lead": (
        "再生した人・日時・目的・聞いた区間は、すべて監査記録に残ります。",
        "Who listens, when, why and to which parts is kept in the audit.",
    ),
    "listen.purpose": ("目的", "Purpose"),
    "listen.purpose.caller_request": ("お客様のご依頼（本人確認済み）", "At the caller's request (verified)"),
    "listen.purpose.after_call_work": ("自分の通話の応対記録を書くため", "To write up my own call"),
    "listen.purpose.complaint": ("苦情・お申し出への対応", "Complaint"),
    "listen.purpose.quality": ("応対品質の確認", "Quality"),
    "listen.purpose.harassment": ("迷惑行為（カスタマーハラスメント）への対応", "Harassment"),
    "listen.purpose.legal": ("法的な手続き", "Legal matter"),
    "listen.purpose.training": ("研修", "Training"),
    "listen.purpose.disclosure": ("開示・照会への対応（案件の担当者）", "A disclosure that I work on"),
    "listen.purpose.recording_check": ("録音確認の依頼", "Recording check asked for by a colleague"),
    "listen.case": ("案件番号", "Case reference"),
    "listen.case.hint": (
        "半角の英数字と - _ . / #（40文字まで）。お客様の名前などは書かないでください。",
        "Letters, digits and - _ . / #, up to 40. No names, please.",
    ),
    "listen.case.not_for_check": (
        "録音確認の依頼には不要です。",
        "Not needed for a recording check.",
    ),
    "listen.case.wrong": (
        "案件番号を半角の英数字で入力してください。例：CS-2026-118",
        "Please give the case reference in letters and digits, such as CS-2026-118.",
    ),
    "listen.closed": ("選べない目的", "Purposes that are closed"),
    "listen.closed.all": ("この録音は再生できません", "This recording is not open to you"),
    "listen.closed.purpose_over": (
        "この目的で利用できる期間が終わりました。ほかの目的のために保存されていても、この目的では再生できません。",
        "The period of this purpose is over. The recording may be kept for another one; it does not open for this.",
    ),
    "listen.closed.purpose_role": (
        "録音の利用目的の台帳で、あなたの役割はこの目的での再生を認められていません。",
        "The register of purposes does not let your role listen for this purpose.",
    ),
    "listen.closed.declined": (
        "お客様が録音を希望されなかった通話です。どの目的でも再生できません。",
        "The caller did not want to be recorded. It opens for no purpose.",
    ),
    "listen.closed.notice": (
        "録音の告知が流れなかった通話です。チームのスーパーバイザーが理由を添えて認めるまで、品質の確認や研修には使えません。",
        "The caller heard no notice. Until a supervisor of the team accepts that, with a reason, it is used for "
        "neither quality nor training.",
    ),
    "listen.submit": ("記録して再生画面へ", "Record this and go to the player"),
    "listen.player": ("再生", "Player"),
    "listen.granted": ("目的：{purpose}。{at}まで再生できます。", "Purpose: {purpose}. You may listen until {at}."),
    "listen.play": ("再生", "Play"),
    "listen.pause": ("一時停止", "Pause"),
    "listen.back": ("5秒戻る", "Back 5 seconds"),
    "listen.forward": ("5秒進む", "Forward 5 seconds"),
    "listen.seek": ("再生位置", "Position"),
    "listen.speed": ("速さ", "Speed"),
    "listen.position": ("{at} / {of}", "{at} of {of}"),
    "listen.lanes": ("波形の上から順に", "Lanes from top to bottom"),
    "listen.lane.caller": ("お客様", "Caller"),
    "listen.lane.operator": ("オペレーター", "Operator"),
    "listen.lane.left": ("左チャンネル", "Left channel"),
    "listen.lane.right": ("右チャンネル", "Right channel"),
    "listen.speaker.unknown": ("話者不明", "Unknown"),
    "listen.legend.heard": ("これまでに再生された区間", "Heard so far"),
    "listen.legend.marked": ("マーカー", "Marker"),
    "listen.legend.gap": ("録音を止めていた区間", "Recording paused"),
    "listen.gaps": ("録音を止めていたため音声のない区間：", "Without sound, because recording was paused:"),
    "listen.mark": ("マーカー", "Marker"),
    "listen.keys": ("キーボード操作", "Keys"),
    "listen.keys.toggle": ("再生・一時停止", "Play or pause"),
    "listen.keys.back": ("5秒戻る", "5 seconds back"),
    "listen.keys.forward": ("5秒進む", "5 seconds on"),
    "listen.keys.far": ("30秒移動する", "30 seconds back or on"),
    "listen.keys.tenths": ("全体の0〜90％の位置へ移動する", "To 0 to 90 % of the whole"),
    "listen.keys.mark": ("いまの位置にマーカーを付ける", "Set a marker here"),
    "listen.no_drawing": (
        "波形とマーカーを読み込めませんでした。音声は再生できます。画面を再読み込みしてお試しください。",
        "Waveform and markers could not be loaded. The sound plays. Please reload the page.",
    ),
    "listen.markers": ("マーカー", "Markers"),
    "listen.markers.none": ("まだマーカーはありません。", "There are no markers yet."),
    "listen.marker.new": ("新しいマーカー", "New marker"),
    "listen.marker.set": ("付ける", "Set"),
    "listen.marker.off": ("外す", "Take off"),
    "listen.marker.hint": (
        "200文字まで。この録音を再生できる人だけに見えます。",
        "Up to 200 letters. Seen only by those who may play this recording.",
    ),
    "listen.marker.wrong": (
        "マーカーを保存できませんでした。入力した内容は残っています。もう一度お試しください。",
        "The marker was not kept. What you typed is still there. Please try again.",
    ),
    "listen.go_to": ("この位置へ移動", "Go to"),
    "listen.transcript": ("文字起こし", "Transcript"),
    "listen.transcript.none": (
        "この録音の文字起こしはありません。",
        "There is no transcript of this recording.",
    ),
    "listen.stop": ("再生を終える", "Finish listening"),
    "listen.over": (
        "再生許可が終わったため停止しました。",
        "It was stopped because your permission has ended.",
    ),
    "listen.over.again": ("目的を選び直して続ける", "Give the purpose again to go on"),
    "listen.lost": (
        "サーバーに接続できないため停止しました。接続を確認して、もう一度再生してください。",
        "It was stopped because the server cannot be reached. Check the connection and play again.",
    ),
    "listen.failed": (
        "この録音を再生できませんでした。画面を再読み込みして状態をご確認ください。",
        "This recording cannot be played. Please reload the page to see its state.",
    ),
    "listen.no_script": (
        "再生にはJavaScriptが必要です。ブラウザーの設定をご確認ください。",
        "The player needs JavaScript. Please check your browser's settings.",
    ),
    "errors.recording.title": ("録音を開けません", "This recording does not open"),
    "errors.recording.detail": (
        "この録音は存在しないか、いまのご担当・状況では開けません。"
        "お客様の本人確認（録音の再生まで）が済んでいるか、ご自身が応対した通話の終了直後かをご確認ください。"
        "必要な場合はスーパーバイザーにご相談ください。",
        "There is no such recording, or it is not open to you now: the caller must be verified up to listening, "
        "or the call must be your own and just over. If you need it, please ask your supervisor.",
    ),
    "errors.listen_over.title": ("再生許可が終わりました", "Your permission to listen has ended"),
    "errors.listen_over.detail": (
        "時間が過ぎたか、本人確認などの前提がなくなりました。録音の画面を開き直して、目的をもう一度選んでください。",
        "Its time is up, or what it stood on no longer holds. Open the recording's page and give the purpose again.",
    ),
    "errors.not_playable.title": ("この録音はまだ再生できません", "This recording cannot be played yet"),
    "errors.not_playable.detail": (
        "録音の画面で状態をご確認ください。通話の記録はそのまま残っています。",
        "Please see its state on the recording's page. The call’s record stands.",
    ),
    "errors.key_missing.title": ("鍵が見つからないため再生できません", "It cannot be opened: its key is missing"),
    "errors.key_missing.detail": (
        "録音は残っていますが、開くための鍵がありません。システム管理者にお知らせください。通話の記録は残っています。",
        "The recording is there, but not the key that opens it. Please tell your administrator. The call’s record"
        " stands.",
    ),
    "errors.unreadable_now.title": ("いまは録音を読み出せません", "It cannot be read at the moment"),
    "errors.unreadable_now.detail": (
        "録音の保存先に接続できません。しばらくしてからもう一度お試しください。続くときはシステム管理者にお知らせください。",
        "The place where recordings are kept does not answer. Please try again in a while, and tell your administrator"
        " if it goes on.",
    ),
}
