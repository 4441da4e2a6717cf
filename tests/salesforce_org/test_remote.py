"""An org in its own process is the same org, steered from outside."""

from tests.kit.processes import is_alive
from tests.salesforce_org.remote import RemoteOrg


def test_an_org_in_its_own_process_is_steered_and_ends_with_its_test() -> None:
    with RemoteOrg("--plain", "--contacts", "30") as org:
        contact = org.do("insert", name="Contact", values={"LastName": "山田"})
        org.do("edit", name="Contact", id=contact, values={"Phone": "03-1111-2222"})
        org.do("external_id", name="Task", field="Call_Key__c", length=64)
        org.do("insert", name="Task", values={"WhoId": contact, "Call_Key__c": "k1"})
        rows = org.do("rows", name="Contact")
        assert len(rows) == 31
        assert [row["Phone"] for row in rows if row["Id"] == contact] == ["03-1111-2222"]
        org.do("fault", act="refuse", on="query", status=503)
        org.do("move", seconds=3_600)
        assert org.do("counts") == {"kinds": {}, "used": 0, "jobs": 0}
        pid = org.pid
    assert not is_alive(pid)
