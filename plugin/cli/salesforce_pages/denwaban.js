// Made by `denwaban salesforce voice-extension`; make it again rather than edit it.
// Shows the desk of Denwaban and opens the record of the customer that was chosen there, by its id.

import { LightningElement, wire } from "lwc";
import { NavigationMixin } from "lightning/navigation";
import { EnclosingUtilityId, open } from "lightning/platformUtilityBarApi";

const ADDRESS = "__ADDRESS__";
const VERSION = 1;
const RECORD = /^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/;

export default class Denwaban extends NavigationMixin(LightningElement) {
    @wire(EnclosingUtilityId) utilityId;

    address = `${ADDRESS}/embed?origin=${encodeURIComponent(window.location.origin)}`;

    hear = ({ origin, data }) => {
        if (origin !== ADDRESS || !data || data.version !== VERSION) {
            return;
        }
        if (data.type === "denwaban:ringing" && this.utilityId) {
            open(this.utilityId, { autoFocus: false });
        }
        if (data.type === "denwaban:pop" && RECORD.test(data.record)) {
            this[NavigationMixin.Navigate]({
                type: "standard__recordPage",
                attributes: { recordId: data.record, actionName: "view" },
            });
        }
    };

    connectedCallback() {
        window.addEventListener("message", this.hear);
    }

    disconnectedCallback() {
        window.removeEventListener("message", this.hear);
    }
}
