"""Which CRMs there are: name → class as text, so that only the chosen one is imported. Packages add theirs.

An installed package adds a CRM by an entry point of the group `denwaban.crm`; it cannot take the name of one of ours.
"""

from collections.abc import Mapping
from pathlib import Path

from connectors.registry import Registry
from plugin.core.ports import Crm

CRMS = {
    "kintone": "connectors.crm.kintone:KintoneCrm",
    "local": "connectors.crm.local:LocalCrm",
    "salesforce": "connectors.crm.salesforce:SalesforceCrm",
}
_REGISTRY = Registry("crm", CRMS)


def names() -> tuple[str, ...]:
    """Return the names that `open_crm` knows: ours and those of installed packages."""
    return _REGISTRY.names


def open_crm(name: str, data_dir: Path, options: Mapping[str, str]) -> Crm:
    """Build the CRM `name`. Every CRM's class is called so: `Class(data_dir=..., options=...)`.

    `data_dir` is the site's folder, for what the connector keeps; `options` the site's `crm_options`. Opens no
    connection yet. Raises SettingError for an unknown name, for a package that cannot be imported, and for
    a missing, unknown or wrong option.
    """
    crm: Crm = _REGISTRY.find(name)(data_dir=data_dir, options=options)
    return crm
