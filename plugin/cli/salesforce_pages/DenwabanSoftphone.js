// Made by `denwaban salesforce open-cti`; make it again rather than edit it.
// Shows the desk of Denwaban as the softphone and opens the record of the customer that was chosen there, by its id.

(() => {
    const VERSION = 1;
    const RECORD = /^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/;
    const frame = document.getElementById("denwaban");
    const address = frame.dataset.address;
    const { opencti } = window.sforce;

    window.addEventListener("message", ({ origin, source, data }) => {
        if (origin !== address || source !== frame.contentWindow || !data || data.version !== VERSION) {
            return;
        }
        if (data.type === "denwaban:ringing") {
            opencti.setSoftphonePanelVisibility({ visible: true });
        }
        if (data.type === "denwaban:pop" && RECORD.test(data.record)) {
            opencti.screenPop({ type: opencti.SCREENPOP_TYPE.SOBJECT, params: { recordId: data.record } });
        }
    });
    frame.src = `${address}/embed?origin=${encodeURIComponent(window.location.origin)}`;
})();
