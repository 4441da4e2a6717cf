// The pages beside the desk: the same shortcuts, and the same care for what is typed into a note.

import { Drafts } from "./draft.js";
import { listenForKeys } from "./keys.js";

listenForKeys(() => document.querySelector("[data-page]"));
new Drafts(
  () => {},
  () => location.reload(), // a saved note: the page shows what is on its way to the CRM
);
