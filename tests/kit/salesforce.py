"""A simulated org set up as docs/salesforce.md says, and the connector that speaks to it."""

from pathlib import Path

from connectors.crm.salesforce import SalesforceCrm
from connectors.crm.tempo import Tempo
from tests.salesforce_org import Org
from tests.salesforce_org.objects import custom, external_id, text
from tests.salesforce_org.schema import Field, Kind


def dress(org: Org) -> None:
    """Let the org's admin make our fields on Activity."""
    org.add_fields(
        "Task",
        external_id("Denwaban_Call__c", 64, "電話番 通話"),
        Field("Denwaban_Version__c", Kind.DOUBLE, "電話番 版"),
        text("Denwaban_Started__c", 32, "電話番 開始"),
        text("Denwaban_Outcome__c", 32, "電話番 結果"),
        text("Denwaban_Author__c", 255, "電話番 記入者"),
        Field("Denwaban_Link__c", Kind.URL, "電話番 リンク", 255),
    )


def dress_witness(org: Org) -> None:
    """Let the org's admin make the object of our checkpoints, which we may create and read, and no more."""
    org.add_object(
        custom(
            "Denwaban_Checkpoint__c",
            "a0D",
            "電話番 監査の証跡",
            external_id("Denwaban_Key__c", 64, "電話番 キー"),
            Field("Denwaban_Text__c", Kind.TEXTAREA, "電話番 内容", 1024),
            writable_once=True,
        )
    )


def options_of(org: Org, folder: Path, **more: str) -> dict[str, str]:
    """Return the options that a site at `folder` has for the org; it signs in with a key."""
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "salesforce.key"
    key.write_text(org.app.private_key_pem)
    key.chmod(0o600)
    return {
        "url": org.url,
        "client_id": org.app.consumer_key,
        "username": org.app.username,
        "key_file": str(key),
    } | more


def crm_of(org: Org, folder: Path, tempo: Tempo | None = None, **more: str) -> SalesforceCrm:
    """Return a connector to the org, with a token of its own, as another process would have."""
    return SalesforceCrm(data_dir=folder, options=options_of(org, folder, **more), tempo=tempo)
