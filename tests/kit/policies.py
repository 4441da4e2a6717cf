"""Any policy that a site may have."""

from hypothesis import strategies as st

from plugin.core.identity import OF_THE_MOBILE, Policy

policies = st.builds(
    Policy,
    items=st.integers(3, 6),
    classes=st.integers(2, 3),
    persons=st.integers(1, 3),
    call_back_items=st.sampled_from([0, 2, 3, 4]),
    further=st.integers(1, 3),
    further_proofs=st.frozensets(st.sampled_from(sorted(OF_THE_MOBILE))),
)
