"""The supervisor's page of lock-outs."""

TEXTS = {
    "frame.nav.lock_outs": ("確認停止中", "Lock-outs"),
    "lock_outs.title": ("本人確認を停止中のお客様", "Customers locked out of verification"),
    "lock_outs.lead": (
        "一致しない回答が続いたお客様です。なりすましの可能性があるため、時間がたつか、スーパーバイザーが理由を添えて解除するまで、"
        "どのオペレーターも確認できません。",
        "Too many answers did not match for these customers, which may mean that somebody poses as them. Until time is "
        "up, or a supervisor lifts it and says why, nobody can verify them.",
    ),
    "lock_outs.none": ("停止中のお客様はいません。", "Nobody is locked out."),
    "lock_outs.until": ("{at}まで", "until {at}"),
    "lock_outs.since": ("停止した時刻", "Since"),
    "lock_outs.ends": ("自動解除", "Ends by itself"),
    "lock_outs.failures": ("一致しなかった回数", "Mismatches"),
    "lock_outs.times": ("{n}回", "{n} time", "{n} times"),
    "lock_outs.tried": ("直近24時間の内訳", "In the last 24 hours"),
    "lock_outs.tried_in": ("{calls}通話・担当{operators}名", "calls: {calls} · staff: {operators}"),
    "lock_outs.look": (
        "短い間に複数の通話で起きている場合は、解除する前に、登録の電話番号へこちらからかけて、ご本人に心当たりを確かめてください。",
        "Where it happened in several calls within a short time, ring the customer on the registered number and ask "
        "whether it was he, before you lift it.",
    ),
    "lock_outs.reason": ("解除する理由", "Reason for lifting it"),
    "lock_outs.reason.hint": (
        "200文字まで。記録に残ります（例：登録番号へ折り返し、ご本人の記憶違いと確認）",
        "Up to 200 characters, kept on record (such as: called back on the registered number, it was he himself)",
    ),
    "lock_outs.lift": ("停止を解除する", "Lift the lock-out"),
    "lock_outs.lift_of": ("{name}様の停止を解除する", "Lift the lock-out of {name}"),
    "lock_outs.said.lifted": (
        "停止を解除しました。すぐに本人確認ができます。",
        "Lifted. The customer can be verified at once.",
    ),
    "lock_outs.wrong.reason": (
        "解除する理由を200文字以内で入力してください。",
        "Give a reason of up to 200 characters.",
    ),
    "lock_outs.wrong.not_locked_out": (
        "このお客様の停止は、すでに解除されています。",
        "This customer is not locked out any more.",
    ),
}
