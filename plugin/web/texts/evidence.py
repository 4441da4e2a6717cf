"""The page of evidence."""

TEXTS = {
    "evidence.title": ("証拠の一式", "Evidence"),
    "evidence.lead": (
        "案件の録音・通話の記録・監査記録を、誰でも検証できる一つのZIP（BagIt）にまとめます。作成には二人が必要で、持ち出したことは監査記録に残ります。",
        "The recordings, calls and audit of a case, in one ZIP (BagIt) that anybody can check. It takes two people, "
        "and that it left stands in the audit.",
    ),
    "evidence.holds": ("含まれるもの", "What goes out"),
    "evidence.back": ("案件に戻る", "Back to the case"),
    "evidence.count": ("{n}件", "{n}"),
    "evidence.calls": ("通話", "Calls"),
    "evidence.recordings": ("録音", "Recordings"),
    "evidence.left_out": ("含めない録音", "Left out"),
    "evidence.left_out.why": (
        "録音を断られたもの、告知がないもの、利用目的の期間を過ぎたもの",
        "declined, made without notice, or past their purpose’s period",
    ),
    "evidence.also": (
        "ほかに、応対記録、vCon（IETF）、監査記録の各行の証明、署名された検証点、証明書が入ります。",
        "And: what was written, vCons (IETF), a proof for each line of the audit, its checkpoint, a certificate.",
    ),
    "evidence.reason": ("渡す相手と目的", "For whom, and what for"),
    "evidence.reason.hint": (
        "承認する人に表示され、証明書に記されます。",
        "For who approves, and the certificate.",
    ),
    "evidence.ask": ("承認を求める", "Ask for approval"),
    "evidence.ready": (
        "承認されています。ダウンロードできるのは一度だけです。途中で切れたときは、承認の期限までやり直せます。",
        "Approved. It downloads once; where that breaks off, again while the approval counts.",
    ),
    "evidence.download": ("ZIPをダウンロード", "Download the ZIP"),
    "evidence.said.asked": (
        "承認を求めました。個人情報管理者かシステム管理者が承認すると、ここからダウンロードできます。",
        "Asked. Once a privacy officer or an administrator has approved, it can be downloaded here.",
    ),
    "evidence.to_case": ("証拠の一式を作る", "Make evidence of it"),
    "evidence.wrong.reason": ("渡す相手と目的を200文字以内で入力してください。", "Say it in 1 to 200 letters."),
    "evidence.wrong.no_calls": ("案件に通話がありません。", "The case has no calls."),
    "evidence.wrong.approvals": (
        "承認待ちの申し出が多すぎます。先に片付けてください。",
        "Too many of your requests wait already.",
    ),
    "approvals.kind.evidence": ("証拠の一式の持ち出し", "Taking evidence out"),
    "approvals.means.evidence": (
        "承認すると、この案件の録音と記録を、申し出た人が一度だけ社外に持ち出せます"
        "（途中で切れたときは、やり直せます）。",
        "Once approved, who asked may take the case's recordings and records out of the house, once whole.",
    ),
    "approvals.field.fingerprint": ("内容の指紋", "Fingerprint"),
    "approvals.field.left_out": ("含めない録音の数", "Recordings left out"),
}
