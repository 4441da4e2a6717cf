"""Another site's pages, on another origin than ours: `localhost` is one to a browser that reaches us at 127.0.0.1.

One shows the desk in a bare frame and keeps what it is told; the others run the files that we make for Salesforce, with
stand-ins for what an org's own pages bring (its module loader, Open CTI).
"""

from plugin.cli.salesforce_files import open_cti, voice_extension
from tests.kit.loopback import Line, LoopbackConnection, LoopbackServer, OnLine

_TYPES = {"html": "text/html", "js": "text/javascript", "page": "text/html"}
_BARE = """<!doctype html><html lang="en"><title>host</title>
<style>iframe {{ inline-size: 100%; block-size: 820px; border: 0 }}</style>
<h1>A page of the CRM</h1>
<script>
  window.told = [];
  addEventListener("message", ({{ origin, data }}) => window.told.push({{ origin, ...data }}));
</script>
<iframe id="frame" src="{address}/embed?origin={origin}"></iframe>"""
_LWC = """<!doctype html><html lang="en"><title>lwc</title>
<script type="importmap">{"imports": {"lwc": "/lwc.js", "lightning/navigation": "/navigation.js",
  "lightning/platformUtilityBarApi": "/utility.js"}}</script>
<div id="here"></div>
<script type="module">
  import Denwaban from "/denwaban.js";
  window.done = [];
  const component = new Denwaban();
  component.connectedCallback();
  window.component = component;
  const holder = document.createElement("template");
  const markup = await (await fetch("/denwaban.html")).text();
  holder.innerHTML = markup.match(/<template>([^]*)<\\/template>/)[1].replace("{address}", `"${component.address}"`);
  document.getElementById("here").append(holder.content);
</script>"""
_LWC_MODULES = {
    "/lwc.js": "export class LightningElement {} export const wire = () => undefined;",
    "/navigation.js": """const Navigate = Symbol("navigate");
export const NavigationMixin = (Parent) => class extends Parent { [Navigate](to) { window.done.push(to); } };
NavigationMixin.Navigate = Navigate;""",
    "/utility.js": """export const EnclosingUtilityId = "id";
export const open = (id, how) => window.done.push({ opened: id, ...how });""",
}
_OPEN_CTI = """window.done = [];
window.sforce = { opencti: {
  SCREENPOP_TYPE: { SOBJECT: "sobject" },
  screenPop: (what) => window.done.push(what),
  setSoftphonePanelVisibility: (what) => window.done.push(what),
} };"""


class HostSite(OnLine):
    """A site that shows the desk of the one at `address`; `with HostSite() as host: host.show(site.url)`."""

    def __init__(self) -> None:
        self._pages: dict[str, str] = {}
        server = LoopbackServer(("127.0.0.1", 0), self._handler())
        self._line = Line(server)
        self.origin = f"http://localhost:{server.server_port}"

    def show(self, address: str) -> None:
        """Put up its pages: `/`, `/lwc` and `/apex`."""
        lwc = {path.rpartition("/")[2]: text for path, text in voice_extension(address).items()}
        cti = {path.rpartition("/")[2]: text for path, text in open_cti(address).items()}
        wired = "@wire(EnclosingUtilityId) utilityId;"
        assert lwc["denwaban.js"].count(wired) == 1  # a decorator: the org's compiler knows it, no browser does
        apex = cti["DenwabanSoftphone.page"].split("\n", 1)[1].rsplit("</apex:page>", 1)[0]
        self._pages = {
            "/": _BARE.format(address=address, origin=self.origin),
            "/lwc": _LWC,
            "/denwaban.js": lwc["denwaban.js"].replace(wired, 'utilityId = "7";'),
            "/denwaban.html": lwc["denwaban.html"],
            **_LWC_MODULES,
            "/apex": apex.replace("{!URLFOR($Resource.DenwabanSoftphone)}", "/DenwabanSoftphone.js"),
            "/DenwabanSoftphone.js": cti["DenwabanSoftphone.js"],
            "/support/api/62.0/lightning/opencti_min.js": _OPEN_CTI,
        }

    def put(self, path: str, page: str) -> None:
        """Put up one more page."""
        self._pages[path] = page

    def _handler(self) -> type[LoopbackConnection]:
        site = self

        class Handler(LoopbackConnection):
            def do_GET(self) -> None:  # noqa: N802  the library's name
                path = self.path.split("?")[0]
                page = site._pages.get(path)
                kind = f"{_TYPES.get(path.rpartition('.')[2], 'text/html')}; charset=utf-8"
                self.reply(200 if page is not None else 404, (page or "").encode(), {"Content-Type": kind})

        return Handler
