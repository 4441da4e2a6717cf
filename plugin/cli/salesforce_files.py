"""The files that an administrator puts into a Salesforce org, so that its pages show the desk; made from the settings.

Salesforce documents their shapes: docs/salesforce.md names the pages. Nothing here asks an org anything.
"""

import json
from importlib.resources import files
from xml.etree import ElementTree as Tree

from plugin.core.embed import read_origin
from plugin.core.errors import InputError, SettingError

API_VERSION = "62.0"
_METADATA = "http://soap.sforce.com/2006/04/metadata"
_SOURCE = "force-app/main/default"
_ABOUT = "Denwaban (電話番): the desk of the call centre in a frame"
_SOFTPHONE_HEIGHT_PX = 600
_SOFTPHONE_WIDTH_PX = 400

Files = dict[str, str]
Facts = dict[str, str | list[str]]


def read_address(public_url: str, embed_origins: list[str]) -> str:
    """Return our origin as the org's pages must name it.

    Raises SettingError where a browser would not show it in an org's page: it needs https, and a site to be shown in.
    """
    if not embed_origins:
        raise SettingError("no_org", setting="DENWABAN_EMBED_ORIGINS")
    try:
        return read_origin(public_url.rstrip("/"))
    except InputError:
        raise SettingError("not_https", setting="DENWABAN_PUBLIC_URL") from None


def voice_extension(address: str) -> Files:
    """Return a Lightning web component for the utility bar and a Voice extension page, and what lets it frame us."""
    folder = f"{_SOURCE}/lwc/denwaban"
    return {
        f"{folder}/denwaban.js": _page("denwaban.js", address),
        f"{folder}/denwaban.html": _page("denwaban.html", address),
        f"{folder}/denwaban.css": _page("denwaban.css", address),
        f"{folder}/denwaban.js-meta.xml": _metadata(
            "LightningComponentBundle",
            {
                "apiVersion": API_VERSION,
                "description": _ABOUT,
                "isExposed": "true",
                "masterLabel": "電話番 Denwaban",
                "targets": ["lightning__UtilityBar", "lightning__VoiceExtension"],
            },
        ),
        f"{_SOURCE}/cspTrustedSites/Denwaban.cspTrustedSite-meta.xml": _metadata(
            "CspTrustedSite",
            {
                "context": "LEX",
                "description": _ABOUT,
                "endpointUrl": address,
                "isActive": "true",
                "isApplicableToConnectSrc": "false",
                "isApplicableToFontSrc": "false",
                "isApplicableToFrameSrc": "true",
                "isApplicableToImgSrc": "false",
                "isApplicableToMediaSrc": "false",
                "isApplicableToStyleSrc": "false",
            },
        ),
        **_project({"CspTrustedSite": "Denwaban", "LightningComponentBundle": "denwaban"}),
    }


def open_cti(address: str) -> Files:
    """Return a call centre, and the Visualforce page that is its softphone: it loads Open CTI and frames us."""
    page, script = f"{_SOURCE}/pages/DenwabanSoftphone", f"{_SOURCE}/staticresources/DenwabanSoftphone"
    return {
        "Denwaban.callcenter.xml": _call_center(),
        f"{page}.page": _page("DenwabanSoftphone.page", address),
        f"{page}.page-meta.xml": _metadata(
            "ApexPage", {"apiVersion": API_VERSION, "description": _ABOUT, "label": "Denwaban softphone"}
        ),
        f"{script}.js": _page("DenwabanSoftphone.js", address),
        f"{script}.resource-meta.xml": _metadata(
            "StaticResource",
            {"cacheControl": "Public", "contentType": "application/javascript", "description": _ABOUT},
        ),
        **_project({"ApexPage": "DenwabanSoftphone", "StaticResource": "DenwabanSoftphone"}),
    }


def _call_center() -> str:
    root = Tree.Element("callCenter")
    section = Tree.SubElement(root, "section", sortOrder="0", name="reqGeneralInfo", label="General Information")
    items = (
        ("reqInternalName", "Internal Name", "Denwaban"),
        ("reqDisplayName", "Display Name", "電話番 Denwaban"),
        ("reqAdapterUrl", "CTI Adapter URL", "/apex/DenwabanSoftphone"),
        ("reqUseApi", "Use CTI API", "true"),
        ("reqSoftphoneHeight", "Softphone Height", str(_SOFTPHONE_HEIGHT_PX)),
        ("reqSoftphoneWidth", "Softphone Width", str(_SOFTPHONE_WIDTH_PX)),
        ("reqSalesforceCompatibilityMode", "Salesforce Compatibility Mode", "Lightning"),
    )
    for place, (name, label, value) in enumerate(items):
        Tree.SubElement(section, "item", sortOrder=str(place), name=name, label=label).text = value
    return _written(root)


def _metadata(kind: str, facts: Facts) -> str:
    root = Tree.Element(kind, xmlns=_METADATA)
    for name, said in facts.items():
        if isinstance(said, str):
            Tree.SubElement(root, name).text = said
            continue
        many = Tree.SubElement(root, name)
        for one in said:
            Tree.SubElement(many, name.removesuffix("s")).text = one
    return _written(root)


def _project(members: dict[str, str]) -> Files:
    package = Tree.Element("Package", xmlns=_METADATA)
    for kind, member in members.items():
        types = Tree.SubElement(package, "types")
        Tree.SubElement(types, "members").text = member
        Tree.SubElement(types, "name").text = kind
    Tree.SubElement(package, "version").text = API_VERSION
    project = {
        "packageDirectories": [{"path": "force-app", "default": True}],
        "namespace": "",
        "sourceApiVersion": API_VERSION,
    }
    return {"manifest/package.xml": _written(package), "sfdx-project.json": json.dumps(project, indent=2) + "\n"}


def _written(root: Tree.Element) -> str:
    Tree.indent(root, "    ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Tree.tostring(root, "unicode") + "\n"


def _page(name: str, address: str) -> str:
    text = (files("plugin.cli") / "salesforce_pages" / name).read_text("utf-8")
    return text.replace("__ADDRESS__", address).replace("__VERSION__", API_VERSION)
