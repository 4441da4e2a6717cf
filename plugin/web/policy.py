"""What callers must prove, explained to those who answer for it: the rules in force, who comes how far, who could pass.

Changes nothing: the rules are settings of the site.
"""

from flask import Blueprint, render_template, request

from plugin.core.access import Deed
from plugin.core.identity import Factor, Item
from plugin.core.policy_effect import Knower
from plugin.web.door import house, signed_in

room = Blueprint("policy", __name__)


@room.get("/identity/policy")
def page() -> str:
    """Show the policy; with `count` in the address, every customer is looked at too."""
    view = house().verifying.policy.view(signed_in(Deed.SEE_POLICY), counted="count" in request.args)
    policy = view.rules.policy
    asked = {kind.value: [item for item in Item if item in policy.asked and item.factor is kind] for kind in Factor}
    warned = any(effect.level and effect.who is not Knower.CUSTOMER for effect in view.effects)
    return render_template(
        "identity/policy.html",
        view=view,
        policy=policy,
        asked=asked,
        warned=warned,
        counted=sorted(view.rules.offered & policy.further_proofs),
        caller_listening=house().settings.caller_listening,
    )
