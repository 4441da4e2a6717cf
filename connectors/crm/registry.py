"""Which CRMs there are: name → class as text, so that only the chosen one is imported. Packages add theirs.

An installed package adds a CRM by an entry point of the group `denwaban.crm`; it cannot take the name of one of ours.
"""

import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path

from plugin.core.errors import SettingError
from plugin.core.ports import Crm

CRMS = {
    "kintone": "connectors.crm.kintone:KintoneCrm",
    "local": "connectors.crm.local:LocalCrm",
    "salesforce": "connectors.crm.salesforce:SalesforceCrm",
}
_GROUP = "denwaban.crm"


def names() -> tuple[str, ...]:
    """Return the names that `open_crm` knows: ours and those of installed packages."""
    return tuple(sorted({*CRMS, *(point.name for point in entry_points(group=_GROUP))}))


def open_crm(name: str, data_dir: Path, options: Mapping[str, str]) -> Crm:
    """Build the CRM `name`. Every CRM's class is called so: `Class(data_dir=..., options=...)`.

    `data_dir` is the site's folder, for what the connector keeps; `options` the site's `crm_options`. Opens no
    connection yet. Raises SettingError for an unknown name, for a package that cannot be imported, and for
    a missing, unknown or wrong option.
    """
    if name in CRMS:
        room, attribute = CRMS[name].split(":")
        kind = getattr(importlib.import_module(room), attribute)
    else:
        found = [point for point in entry_points(group=_GROUP) if point.name == name]
        if not found:
            raise SettingError("unknown_crm", setting="DENWABAN_CRM", known=",".join(names()))
        try:
            kind = found[0].load()
        except (ImportError, AttributeError) as error:
            raise SettingError("broken_crm", setting="DENWABAN_CRM", package=found[0].module) from error
    crm: Crm = kind(data_dir=data_dir, options=options)
    return crm
