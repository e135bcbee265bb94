// A message from a file: uploaded, parsed and judged by the server, stored nowhere.

import { definitions, element } from "./dom.js";
import { signers } from "./certificates.js";
import { verdicts } from "./status.js";

const PROPERTIES = ["from", "subject", "sentAt", "smimeStatus", "smimeErrors"];

export class ExplainView {
  #jmap;

  constructor(jmap) {
    this.#jmap = jmap;
    this.result = element("div", { "aria-live": "polite" });
    const input = element("input", { type: "file", id: "message-file", accept: ".eml,message/rfc822", onchange: () => this.#explain(input.files[0]) });
    const drop = element("div", { class: "drop",
      ondragover: (event) => { event.preventDefault(); drop.classList.add("over"); },
      ondragleave: () => drop.classList.remove("over"),
      ondrop: (event) => { event.preventDefault(); drop.classList.remove("over"); this.#explain(event.dataTransfer.files[0]); },
    }, element("p", {}, element("label", { for: "message-file" }, "A message in a file (.eml), as it was received")), input,
      element("p", { class: "quiet" }, "The server judges it as of now and forgets it."));
    this.root = element("section", { class: "panel", "aria-label": "Explain a message" }, element("h2", {}, "Explain a message"), drop, this.result);
  }

  async start() {}
  async refresh() {}

  async #explain(file) {
    if (!file) return;
    this.result.replaceChildren(element("p", { class: "quiet" }, "One moment…"));
    try {
      this.result.replaceChildren(...await this.#judge(file));
    } catch (error) {
      this.result.replaceChildren(element("p", { role: "alert" }, error.message));
    }
  }

  async #judge(file) {
    const { blobId } = await this.#jmap.upload(file);
    const properties = this.#jmap.hasDetails ? [...PROPERTIES, "smimeDetails"] : PROPERTIES;
    const answer = await this.#jmap.call("Email/parse", { blobIds: [blobId], properties });
    const email = answer.parsed?.[blobId];
    if (!email) return [element("p", { role: "alert" }, "This file is not a message.")];
    const from = email.from?.map((each) => each.email).join(", ");
    return [element("h3", {}, email.subject ?? "(no subject)"), definitions({ File: file.name, From: from }), verdicts(email),
      ...(email.smimeDetails ? signers(email.smimeDetails) : [])].flat();
  }
}
