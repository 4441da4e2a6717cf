"""What is recorded of calls, and by whose hand; and that no name of a recording tells a withheld number."""

from plugin.core.call_account import fold_all
from plugin.core.call_json import write_event
from tests.kit.pbx import ALLOWED, CUSTOMER, HIDDEN, Exchange


def _taped(pbx: Exchange) -> list[tuple[str, str, int]]:
    (call,) = fold_all(pbx.events)
    return [(one.id, one.kind, len(one.gaps)) for one in call.recordings]


def test_a_recording_that_begins_in_a_talk_was_started_by_hand() -> None:
    pbx = Exchange()
    pbx.arrive()
    pbx.ring("c", "a", "PJSIP/101-00000002")
    pbx.say("VarSet", "c", Variable="MIXMONITOR_FILENAME", Value="/x/monitor/whole.wav")  # as a queue's own does
    pbx.talk("c", "a")
    pbx.say("VarSet", "a", Variable="MIXMONITOR_FILENAME", Value="/x/monitor/auto.wav")
    pbx.leave("c", asked=True)
    assert _taped(pbx) == [("whole.wav", "all_call", 0), ("auto.wav", "triggered", 0)]


def test_what_is_kept_out_of_a_recording_in_either_direction_is_one_gap() -> None:
    pbx = Exchange()
    pbx.arrive()
    pbx.say("VarSet", "c", Variable="MIXMONITOR_FILENAME", Value="/x/monitor/whole.wav")
    pbx.ring("c", "a", "PJSIP/101-00000002")
    pbx.talk("c", "a")
    for direction, state in (("read", "1"), ("write", "1"), ("read", "0"), ("both", "0"), ("both", "0")):
        pbx.say("MixMonitorMute", "c", Direction=direction, State=state)
    pbx.say("MixMonitorMute", "a", Direction="both", State="1")  # nothing records there
    pbx.leave("c", asked=True)
    assert _taped(pbx) == [("whole.wav", "all_call", 1)]


def test_a_recording_stopped_and_begun_again_into_the_same_file_is_two() -> None:
    pbx = Exchange()
    pbx.arrive()
    for _ in range(2):
        pbx.say("VarSet", "c", Variable="MIXMONITOR_FILENAME", Value="/x/monitor/one.wav")
        pbx.say("MixMonitorStop", "c")
    pbx.leave("c", asked=True)
    assert _taped(pbx) == [("one.wav", "all_call", 0), ("one.wav#2", "all_call", 0)]


def test_the_folder_of_a_withheld_callers_recording_may_not_name_him_either() -> None:
    for folder, kept in ((CUSTOMER, None), ("2026/11", "2026/11/*-c.wav")):
        pbx = Exchange()
        pbx.arrive(pres=HIDDEN)
        pbx.say("VarSet", "c", Variable="MIXMONITOR_FILENAME", Value=f"/x/monitor/{folder}/q-{CUSTOMER}-c.wav")
        recording = pbx.events[-1].recording
        assert recording is not None
        assert recording.uri == kept
        assert CUSTOMER not in write_event(pbx.events[-1])


def test_a_number_hidden_late_is_hidden_for_good() -> None:
    pbx = Exchange()
    pbx.arrive()
    pbx.say("VarSet", "c", Variable="MIXMONITOR_FILENAME", Value=f"/var/spool/asterisk/monitor/x-{CUSTOMER}-c.wav")
    told = len(pbx.events)
    pbx.set("c", ChanVariable=f"CALLERID(num-pres)={HIDDEN}")
    pbx.ring("c", "a", "PJSIP/101-00000002")
    pbx.set("c", ChanVariable=f"CALLERID(num-pres)={ALLOWED}")
    pbx.talk("c", "a")
    pbx.leave("c", asked=True)
    assert pbx.call()["withheld"] == "refused"
    assert pbx.call()["customer_number"] is None
    assert all(CUSTOMER not in write_event(event) for event in pbx.events[told:])
