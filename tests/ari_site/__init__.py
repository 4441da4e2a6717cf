"""An Asterisk's REST interface on loopback: as strict as the real one, and stricter where we should not rely on it.

Written from Asterisk 22's own description of ARI and what a real 22.10.1 answered and told (tests/connectors/captures,
and the table in tests/connectors/test_ari_site.py): what a channel outside an application refuses (409), what is gone
(404), what a wrong word is (400). A parameter that it does not know is refused, where the real one would pass over it.
"""
