"""Words of the page of retention, and of what was erased."""

TEXTS = {
    "frame.nav.retention": ("保存と消去", "Retention"),
    "audit.outcome.begun.n": ("{n} 件の消去を開始", "begun: {n} recording", "begun: {n} recordings"),
    "audit.outcome.braked.n": ("{n} 件は多すぎるため停止", "stopped: {n} recording", "stopped: {n} recordings"),
    "audit.outcome.changed": ("対象が増えたため中止", "ended: more was due than planned"),
    "audit.outcome.allowed": ("承認により続行", "approved, goes on"),
    "problem.purge_brake": (
        "一度に消去する録音が上限を超えるため、止めています。「保存と消去」で内容を確かめ、承認を依頼してください。",
        "It would erase more than one night may, and stopped. Look at the page of retention, and ask a second person.",
    ),
    "problem.purge_changed": (
        "消去の対象が、計画または承認された内容と異なるため、消去しませんでした。もう一度承認を依頼してください。",
        "What would go is not what was planned, or approved: nothing more was erased. Ask for it anew.",
    ),
    "retention.title": ("保存期間と消去", "Retention"),
    "retention.lead": (
        "保存期間を過ぎた録音は、毎晩2時50分に自動で消去します。通話の記録と応対記録は残り、検索もできます。"
        "終えた案件に書かれた内容も、期間を過ぎると消去します。",
        "Recordings whose time is over are erased each night at 02:50. Calls, and what was written of them, stay."
        " What is written in closed cases goes when its time is over, too.",
    ),
    "retention.waiting": (
        "一度に {percent}% の録音を消去することになるため、止めています（上限 {most}%）。何も消去していません。",
        "Stopped: it would erase {percent} % of what there is at once ({most} % go without a second person)."
        " Nothing was erased.",
    ),
    "retention.waiting.what": (
        "{at} までに期限を迎えた録音 {count} 件（{size}）、応対記録 {texts} 件、終えた案件 {cases} 件の記載が対象です。"
        "保存期間の設定とサーバーの時刻が正しいことを確かめてから、承認を依頼してください。",
        "{count} recordings ({size}), {texts} written records and the words of {cases} closed cases that were due"
        " before {at}. Make sure that the periods"
        " and the server’s clock are right before you ask.",
    ),
    "retention.said.working": (
        "集計を依頼しました。終わると、この画面に新しい数字が表示されます。",
        "It is being worked out; the new figures stand here when that is done.",
    ),
    "retention.as_of": ("{at} 時点の集計です。", "As of {at}."),
    "retention.as_of.never": (
        "録音の数が多いため、毎晩3時40分に集計した結果を表示します。まだ一度も集計していません。",
        "With this many recordings it is worked out each night at 03:40, and was not yet.",
    ),
    "retention.as_of.changed": (
        "この集計のあとに、消去・保全・保存期間のいずれかが変わりました。いまの数字は集計し直すとわかります。",
        "Since then something was erased, or a hold or a period changed: work it out anew for the figures of now.",
    ),
    "retention.work_out": ("いま集計し直す", "Work it out anew"),
    "retention.working": ("集計を待っています", "Waits to be worked out"),
    "retention.working.far": ("集計中（{done} / {total} 件）", "Being worked out: {done} of {total}"),
    "retention.working.look": ("表示を更新", "Look again"),
    "retention.wrong.no_worker": (
        "バックグラウンド処理が一度も動いていません。denwaban serve の稼働をご確認ください。",
        "The worker never ran: check that “denwaban serve” runs.",
    ),
    "retention.wrong.job_paused": (
        "集計は一時停止中です。「定期処理」の画面で再開してください。",
        "Working it out is paused: the page of jobs resumes it.",
    ),
    "retention.ask": ("承認を依頼する", "Ask a second person"),
    "retention.ask.reason": ("消去してよい理由", "Why it may go"),
    "retention.ask.lead": (
        "別のプライバシー責任者またはシステム管理者が「承認待ち」で承認すると、すぐに消去を始めます。",
        "Another privacy officer or administrator approves it; the worker then begins at once.",
    ),
    "retention.said.asked": ("承認を依頼しました。", "A second person was asked."),
    "retention.wrong.reason": ("理由を1〜200文字で入力してください。", "Say why, in 1 to 200 characters."),
    "retention.wrong.purge_over": (
        "この消去はもう待っていません。下の一覧でご確認ください。",
        "This run waits no more; see the list below.",
    ),
    "retention.wrong.approvals": (
        "承認待ちの依頼が多すぎます。先に依頼したものの結果をお待ちください。",
        "Too many of your requests wait already.",
    ),
    "retention.wrong.other": ("依頼できませんでした。", "That could not be asked."),
    "retention.braked": (
        "次の消去は全体の {percent}% にあたり、上限の {most}% を超えます。実行時に止まり、2人目の承認を待ちます。",
        "The next run would erase {percent} % of what there is, more than {most} %. It will stop and wait for a second"
        " person.",
    ),
    "retention.nothing": ("いま消去の対象になる録音はありません。", "Nothing is due now."),
    "retention.next": ("次に消去するもの", "What goes next"),
    "retention.due": ("期限を過ぎた録音", "Recordings due"),
    "retention.held": ("保全により残す録音", "Kept by a hold"),
    "retention.there": ("保管中の録音", "Recordings kept"),
    "retention.texts": ("期限を過ぎた応対記録", "Written records due"),
    "retention.texts.held": ("ほかに保全 {n} 件", "{n} more are held"),
    "retention.cases": ("期限を過ぎた案件の記載", "Words of closed cases due"),
    "retention.run.cases": ("案件の記載", "Words of cases"),
    "retention.words.gone": (
        "この案件に書かれていた内容は {at} に消去されました（{rule}）。番号、日付、決定、監査の記録は残っています。",
        "What was written in this case was erased at {at}, by {rule}. Its number, dates, decision and audit stay.",
    ),
    "retention.words.go": (
        "この案件に書かれた内容（申請者、書簡、報告、理由など）は、{day} を過ぎた夜に消去されます。",
        "What is written in this case (who asked, the letter, reports, reasons) is erased in the night after {day}.",
    ),
    "retention.words.held": (
        "通話が保全されているため、解除されるまで残ります。",
        "A hold keeps one of its calls; until it is released, it stays.",
    ),
    "retention.count": ("{n} 件", "{n}"),
    "retention.drawing": ("録音した月ごとの件数", "By the month of recording"),
    "retention.drawing.label": (
        "録音した月ごとの棒グラフ。保管中 {there} 件のうち、次に消去 {due} 件、保全 {held} 件。",
        "Bars by the month of recording: of {there} recordings {due} go next, {held} are held.",
    ),
    "retention.bar": (
        "{month}：{there} 件（{size}）、うち次に消去 {due} 件、保全 {held} 件",
        "{month}: {there} ({size}), of them {due} go next, {held} held",
    ),
    "retention.bar.until": ("{month} 以前", "until {month}"),
    "retention.kind.kept": ("保管", "Kept"),
    "retention.kind.held": ("保全", "Held"),
    "retention.kind.due": ("次に消去", "Goes next"),
    "retention.as_table": ("表で見る", "As a table"),
    "retention.month": ("{year}年{month}月", "{year}-{month}"),
    "retention.tick": ("{month}月", "{month}"),
    "retention.month.head": ("録音した月", "Month"),
    "retention.by_rule": ("どの規則で消去するか", "By which rule"),
    "retention.rule": ("規則", "Rule"),
    "retention.size": ("容量", "Size"),
    "retention.rule.days": ("「{purpose}」の保存期間（{days}日）", "“{purpose}”, {days} days"),
    "retention.rule.key_shredded": ("鍵の廃棄", "Its key was destroyed"),
    "retention.rule.declined": ("お客様が録音を辞退", "Its caller declined"),
    "retention.rule.other": ("保存期間の満了", "Its time was over"),
    "retention.rule.no_purpose": ("利用目的なし", "No purpose"),
    "retention.purpose.caller_request": ("お問い合わせ内容の確認", "checking what was said"),
    "retention.purpose.after_call_work": ("応対記録の作成", "writing the call up"),
    "retention.purpose.complaint": ("苦情・お申し出への対応", "complaints"),
    "retention.purpose.quality": ("応対品質の向上", "quality"),
    "retention.purpose.harassment": ("迷惑行為への対応", "harassment"),
    "retention.purpose.legal": ("法的な手続き", "legal claims"),
    "retention.purpose.disclosure": ("開示の請求・警察や裁判所への対応", "disclosure, police and courts"),
    "retention.purpose.training": ("研修", "training"),
    "retention.purpose.recording_check": ("録音確認の依頼", "recording checks"),
    "retention.runs": ("これまでの消去", "What was erased"),
    "retention.runs.none": ("まだ一度も消去していません。", "Nothing has been erased yet."),
    "retention.run.at": ("日時", "When"),
    "retention.run.state": ("状態", "State"),
    "retention.run.recordings": ("録音", "Recordings"),
    "retention.run.texts": ("応対記録", "Written records"),
    "retention.run.proof": ("消去の証明書", "Proof"),
    "retention.run.proof.get": ("ダウンロード", "Download"),
    "retention.run.proof.of": ("{at} の消去の証明書をダウンロード", "Download the proof of {at}"),
    "retention.state.braked": ("停止中（承認待ち）", "Stopped, waits for a second person"),
    "retention.state.open": ("消去中", "Erasing"),
    "retention.state.proving": ("証明書を作成中", "Writing the proof"),
    "retention.state.done": ("完了", "Done"),
    "retention.state.again": ("復元後に再び消去", "Erased again after a restore"),
    "retention.proof.lead": (
        "証明書には、消去した録音1件ごとの記録と署名が入っています。内容は denwaban purge verify で、"
        "このシステムがなくても確かめられます。",
        "A proof lists each recording that went, and is signed; “denwaban purge verify” checks it anywhere.",
    ),
    "retention.text_gone": (
        "応対記録の本文は、保存期間（{rule}）が過ぎたため {at} に消去しました。",
        "What was written was erased on {at}: its time was over ({rule}).",
    ),
}
