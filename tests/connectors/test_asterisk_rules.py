"""Rules that the captures do not show, played with single events in the form of Asterisk's own."""

import pytest

from connectors.calls.asterisk.caller import read_caller
from connectors.calls.asterisk.names import extension_of, read_name
from connectors.calls.asterisk.placing import outside_number
from tests.kit.pbx import ALLOWED, CUSTOMER, HIDDEN, Exchange


def test_a_supervisor_who_listens_is_no_leg_and_no_call() -> None:
    pbx = Exchange()
    pbx.arrive()
    pbx.ring("c", "a", "PJSIP/101-00000002")
    pbx.talk("c", "a")
    pbx.channel("s", "PJSIP/109-00000003", "Ring", "109")
    pbx.say("ChanSpyStart", prefixes={"Spyer": "s", "Spyee": "a"})
    pbx.say("ChanSpyStart", prefixes={"Spyer": "s", "Spyee": "a"})
    pbx.say("ChanSpyStop", prefixes={"Spyer": "s"})
    pbx.leave("s")
    pbx.leave("c", asked=True)
    call = pbx.call()
    assert (call["monitored_by"], call["answered_by"], call["offered"]) == (["109"], ["101"], ["101"])


def test_a_supervisor_who_listens_by_a_snoop_is_known_too() -> None:
    pbx = Exchange()
    pbx.arrive()
    pbx.ring("c", "a", "PJSIP/101-00000002")
    pbx.talk("c", "a")
    pbx.channel("n", "Snoop/a-00000009", "Up")
    pbx.channel("s", "PJSIP/109-00000003", "Up", "109")
    pbx.bridge("b9", "n", "s")
    pbx.leave("c", asked=True)
    assert (pbx.call()["monitored_by"], pbx.call()["answered_by"]) == (["109"], ["101"])


@pytest.mark.parametrize("named_by", ["channel", "agent"])
def test_an_alert_belongs_to_the_call_in_which_its_agent_talks(named_by: str) -> None:
    pbx = Exchange()
    for uid, agent, serial in (("c", "101", "1"), ("d", "102", "2")):
        pbx.arrive(uid, f"PJSIP/trunk-0000000{serial}", number=f"0901111000{serial}")
        pbx.ring(uid, f"a{uid}", f"PJSIP/{agent}-0000001{serial}")
        pbx.talk(uid, f"a{uid}", f"b{serial}")
    channel = "PJSIP/102-00000012" if named_by == "channel" else "PJSIP/102-0000ffff"
    pbx.say("UserEvent", UserEvent="DenwabanAlert", Agent="102", Reason="threat", Channel=channel)
    first, second = pbx.calls()
    assert "alert" not in first
    assert second["alert"] == {"agent": "102", "reason": "threat"}


def test_a_call_clicked_in_a_program_is_the_agents() -> None:
    pbx = Exchange()
    pbx.channel("a", "PJSIP/101-00000001", "Down", "101")
    pbx.say("DialBegin", dest="a", DialString="101")
    pbx.set("a", ChannelStateDesc="Up", CallerIDNum="0300000101")
    pbx.channel("t", "PJSIP/trunk-00000002", "Down", linked="a")
    pbx.set("t", CallerIDNum=CUSTOMER)
    pbx.say("DialBegin", "a", "t", DialString=f"{CUSTOMER}@trunk")
    pbx.bridge("b", "t", "a")
    pbx.leave("t", asked=True)
    pbx.leave("a")
    call = pbx.call()
    assert (call["call_id"], call["direction"], call["customer_number"]) == ("a", "outbound", CUSTOMER)
    assert (call["agent"], call["cli"], call["answered_by"]) == ("101", "0300000101", ["customer"])
    assert (call["outcome"], call["ended_by"]) == ("answered", "customer")


def test_an_outbound_call_that_a_second_trunk_carries_is_one_call() -> None:
    pbx = Exchange("PJSIP/east*", "PJSIP/west")
    pbx.channel("a", "PJSIP/101-00000001", "Ring", "101")
    for uid, name in (("t", "PJSIP/east-00000002"), ("u", "PJSIP/west-00000003")):
        pbx.channel(uid, name, "Down", CUSTOMER, linked="a")
        pbx.say("DialBegin", "a", uid)
        if uid == "t":
            pbx.say("DialEnd", "a", "t", DialStatus="CONGESTION")
            pbx.leave("t", cause="34")
    pbx.bridge("b", "u", "a")
    pbx.leave("u", asked=True)
    pbx.leave("a")
    call = pbx.call()
    assert (call["outcome"], call["answered_by"], call["offered"]) == ("answered", ["customer"], [])


def test_an_outbound_call_to_a_busy_customer() -> None:
    pbx = Exchange()
    pbx.channel("a", "PJSIP/101-00000001", "Ring", "101")
    pbx.channel("t", "PJSIP/trunk-00000002", "Down", CUSTOMER, linked="a")
    pbx.say("DialBegin", "a", "t")
    pbx.say("DialEnd", "a", "t", DialStatus="BUSY")
    pbx.leave("t", cause="17")
    pbx.say("VarSet", "a", Variable="DIALSTATUS", Value="BUSY")
    pbx.leave("a", cause="17")
    call = pbx.call()
    assert (call["outcome"], call["ended_by"], call["answered_by"]) == ("busy", None, [])


def test_a_member_behind_a_local_channel_is_one_agent() -> None:
    pbx = Exchange()
    pbx.arrive()
    pbx.say("QueueCallerJoin", "c", Queue="sales")
    pbx.channel("l1", "Local/101@from-queue-00000007;1", "Down", linked="c")
    pbx.channel("l2", "Local/101@from-queue-00000007;2", "Ring", linked="c")
    pbx.say("AgentCalled", "c", "l1", Queue="sales", MemberName="Sato")
    pbx.say("DialBegin", "c", "l1")
    pbx.channel("a", "PJSIP/101-00000008", "Down", "101", linked="c")
    pbx.say("DialBegin", "l2", "a")
    pbx.bridge("b2", "a", "l2")
    pbx.bridge("b1", "l1", "c")
    pbx.leave("c", asked=True)
    call = pbx.call()
    assert (call["offered"], call["answered_by"], call["queue"]) == (["101"], ["101"], "sales")


def test_a_colleague_called_by_the_exchange_counts_only_once_he_has_the_customer() -> None:
    pbx = Exchange()
    pbx.arrive()
    pbx.ring("c", "a", "PJSIP/101-00000002")
    pbx.talk("c", "a")
    pbx.say("BridgeLeave", "a", BridgeUniqueid="b1")
    pbx.channel("l1", "Local/103@x-00000007;1", "Down", linked="c")
    pbx.channel("l2", "Local/103@x-00000007;2", "Ring", linked="c")
    pbx.say("DialBegin", "a", "l1")
    pbx.channel("k", "PJSIP/103-00000008", "Down", linked="c")
    pbx.say("DialBegin", "l2", "k")
    pbx.bridge("b3", "k", "l2")
    pbx.bridge("b2", "a", "l1")
    assert pbx.call()["offered"] == ["101"]
    pbx.say("BridgeLeave", "a", BridgeUniqueid="b2")
    pbx.bridge("b1", "l1")
    roles = {"OrigTransferer": "a", "SecondTransferer": "a", "Transferee": "c", "TransferTarget": "k"}
    pbx.say("AttendedTransfer", prefixes=roles, Result="Success")
    pbx.leave("a")
    pbx.leave("k", asked=True)
    pbx.leave("c")
    call = pbx.call()
    assert (call["offered"], call["answered_by"], call["ended_by"]) == (["101", "103"], ["101", "103"], "agent")
    assert call["transfers"] == [{"kind": "attended", "by": "101", "to": "103", "done": True}]


@pytest.mark.parametrize("answers", [True, False])
def test_a_transfer_while_the_colleagues_phone_rings(answers: bool) -> None:
    pbx = Exchange()
    pbx.arrive()
    pbx.ring("c", "a", "PJSIP/101-00000002")
    pbx.talk("c", "a")
    pbx.channel("a2", "PJSIP/101-00000003", "Ring", "101")
    pbx.ring("a2", "k", "PJSIP/103-00000004")
    pbx.say("AttendedTransfer", prefixes={"OrigTransferer": "a", "SecondTransferer": "a2", "Transferee": "c"})
    pbx.leave("a")
    if answers:
        pbx.bridge("b1", "k")
    pbx.leave("c", asked=True)
    call = pbx.call()
    assert call["transfers"] == [{"kind": "semi_attended", "by": "101", "to": "103", "done": answers}]
    assert call["offered"] == ["101", "103"]
    assert call["outcome"] == ("answered" if answers else "abandoned_after_transfer")


def test_two_customers_whom_an_agent_lets_speak_to_each_other_stay_two_calls() -> None:
    pbx = Exchange()
    for uid, serial in (("c", "1"), ("d", "5")):
        pbx.arrive(uid, f"PJSIP/trunk-0000000{serial}", number=f"0901111000{serial}")
        pbx.ring(uid, f"a{uid}", f"PJSIP/101-0000001{serial}")
        pbx.talk(uid, f"a{uid}", f"b{uid}")
    roles = {"OrigTransferer": "ac", "SecondTransferer": "ad", "Transferee": "c", "TransferTarget": "d"}
    pbx.say("AttendedTransfer", prefixes=roles, Result="Success")
    pbx.bridge("bc", "d")
    pbx.leave("ac")
    pbx.leave("ad")
    pbx.leave("d", asked=True)
    pbx.leave("c")
    assert [call["customer_number"] for call in pbx.calls()] == ["09011110001", "09011110005"]
    assert [call["answered_by"] for call in pbx.calls()] == [["101"], ["101"]]


def test_a_transfer_into_a_queue_names_the_queue() -> None:
    pbx = Exchange()
    pbx.arrive()
    pbx.ring("c", "a", "PJSIP/101-00000002")
    pbx.talk("c", "a")
    pbx.say("BlindTransfer", prefixes={"Transferer": "a", "Transferee": "c"}, Extension="600", Result="Success")
    pbx.say("BridgeLeave", "c", BridgeUniqueid="b1")
    pbx.leave("a")
    pbx.say("QueueCallerJoin", "c", Queue="sales")
    pbx.ring("c", "k", "PJSIP/102-00000004")
    pbx.leave("c", asked=True)
    call = pbx.call()
    assert call["transfers"] == [{"kind": "blind", "by": "101", "to": "queue:sales", "done": False}]
    assert (call["outcome"], call["ended_by"]) == ("abandoned_after_transfer", "customer")


def test_a_call_that_no_dialplan_ever_saw_is_never_told() -> None:
    pbx = Exchange()
    pbx.channel("c", "PJSIP/trunk-00000001", "Ring", CUSTOMER)
    pbx.say("VarSet", "c", Variable="SIPDOMAIN", Value="x")
    pbx.leave("c", asked=True)
    assert pbx.events == []


def test_a_call_sent_on_to_a_mobile_is_no_second_call() -> None:
    pbx = Exchange()
    pbx.arrive()
    pbx.ring("c", "t", "PJSIP/trunk-00000009", "08033334444")
    pbx.talk("c", "t")
    pbx.leave("t", asked=True)
    pbx.leave("c")
    call = pbx.call()
    assert (call["direction"], call["answered_by"], call["customer_number"]) == ("inbound", ["08033334444"], CUSTOMER)


def test_a_call_among_colleagues_is_nobodys_business() -> None:
    pbx = Exchange()
    pbx.channel("a", "PJSIP/101-00000001", "Ring", "101")
    pbx.ring("a", "b", "PJSIP/102-00000002")
    pbx.talk("a", "b")
    pbx.leave("a", asked=True)
    pbx.leave("b")
    assert pbx.events == []


def test_an_agent_who_leaves_the_customer_in_the_dialplan_did_not_end_the_call() -> None:
    pbx = Exchange()
    pbx.arrive()
    pbx.ring("c", "a", "PJSIP/101-00000002")
    pbx.talk("c", "a")
    pbx.leave("a", asked=True)
    pbx.say("Newexten", "c", Application="Read")  # a survey
    pbx.leave("c", asked=True)
    assert pbx.call()["ended_by"] == "customer"


@pytest.mark.parametrize(
    ("number", "name", "presentation", "wanted"),
    [
        ("09011112222", "", ALLOWED, ("09011112222", None)),
        ("+819011112222", "Sato", "allowed", ("+819011112222", None)),
        ("09011112222", "Unavailable", ALLOWED, ("09011112222", None)),
        ("09011112222", "", "prohib", (None, "refused")),
        ("09011112222", "Coin line/payphone", HIDDEN, (None, "payphone")),
        ("09011112222", "", "unavailable", (None, "unavailable")),
        ("09011112222", "", None, (None, "unknown")),
        ("09011112222", "Anonymous", ALLOWED, (None, "refused")),
        ("anonymous", "", ALLOWED, (None, "refused")),
        ("Anonymous", "Interaction with other service", ALLOWED, (None, "service_conflict")),
        ("anonymous", "Unavailable", ALLOWED, (None, "unavailable")),
        ("P", "", ALLOWED, (None, "refused")),
        ("C", "", ALLOWED, (None, "payphone")),
        ("", "S", ALLOWED, (None, "service_conflict")),
        ("o", "", ALLOWED, (None, "unavailable")),
        ("", "", ALLOWED, (None, "unknown")),
    ],
)
def test_why_a_caller_shows_no_number(
    number: str, name: str, presentation: str | None, wanted: tuple[str | None, str | None]
) -> None:
    caller = read_caller(number, name, presentation)
    assert (caller.number, caller.withheld) == wanted
    assert number not in repr(caller) or len(number) < 3


@pytest.mark.parametrize(
    ("text", "caller_id", "extension", "trunk"),
    [
        ("PJSIP/101-00000092", "", "101", False),
        ("PJSIP/sato-desk-00000092", "2001", "2001", False),
        ("PJSIP/sato-desk-00000092", "0312345678", "sato-desk", False),
        ("SIP/4021-0000abcd", "4021", "4021", False),
        ("Local/202@agents-0000001a;1", "", "202", False),
        ("PJSIP/trunk-ntt-00000001", "", "trunk-ntt", True),
        ("PJSIP/carrier-00000001", "", "carrier", True),
        ("Local/103@trunk-00000001;2", "", "103", False),
        ("nonsense", "", "nonsense", False),
    ],
)
def test_what_the_name_of_a_channel_says(text: str, caller_id: str, extension: str, trunk: bool) -> None:
    name = read_name(text, ("PJSIP/trunk*", "PJSIP/carrier", "Local/*"))
    assert (extension_of(name, caller_id), name.trunk) == (extension, trunk)


@pytest.mark.parametrize(
    ("dialled", "asked", "number"),
    [
        ("09012345678", "09012345678@trunk", "09012345678"),
        ("009012345678", "09012345678@trunk", "09012345678"),  # 0 for an outside line
        ("90312345678", "trunk/0312345678", "0312345678"),
        ("09012345678", "18609012345678@trunk", "09012345678"),  # a carrier's prefix
        ("12345678", "0312345678@trunk", "0312345678"),  # an area code
        ("0312345678", "12345678@trunk", "0312345678"),
        ("09012345678", "trunk/sip:+819012345678@10.0.0.1", "09012345678"),
        ("99009012345678", "+819012345678@trunk", "+819012345678"),
        ("*701", "09012345678@trunk", "09012345678"),  # a short code
        ("101", "g1/09012345678", "09012345678"),  # a click at an extension
        ("09012345678", "house:secret@carrier/09012345678", "09012345678"),
        ("", "house:secret@carrier", ""),
        ("0312345678", "mobile-of-sato", "0312345678"),
        ("101", "", ""),
        ("110", "110@trunk", "110"),
    ],
)
def test_the_number_outside(dialled: str, asked: str, number: str) -> None:
    assert outside_number(dialled, asked) == number


def test_the_serial_of_an_iax_channel_is_no_part_of_its_endpoint() -> None:
    pbx = Exchange("IAX2/carrier")
    pbx.arrive("c", "IAX2/carrier-16384")
    pbx.ring("c", "a", "IAX2/101-567")
    pbx.talk("c", "a")
    pbx.leave("c", asked=True)
    call = pbx.call()
    assert (call["offered"], call["answered_by"], call["customer_number"]) == (["101"], ["101"], CUSTOMER)
    assert read_name("IAX2/192.0.2.7:4569-753", ()).endpoint == "192.0.2.7:4569"
    assert read_name("PJSIP/branch-2", ()).endpoint == "branch-2"
