// The list of messages and one message's details.

import { announce, definitions, element, moment } from "./dom.js";
import { signers } from "./certificates.js";
import { badge, verdicts } from "./status.js";

const LISTED = ["id", "from", "subject", "receivedAt", "smimeStatus"];
const SHOWN = ["id", "from", "to", "subject", "receivedAt", "smimeStatus", "smimeStatusAtDelivery", "smimeErrors", "smimeVerifiedAt", "textBody", "bodyValues"];
const PAGE = 30;
const FILTERS = {
  all: ["All messages", null],
  signed: ["Signed", { hasSmime: true }],
  verified: ["Verified", { hasVerifiedSmime: true }],
  doubtful: ["Signed, not verified", { operator: "AND", conditions: [{ hasSmime: true }, { hasVerifiedSmime: false }] }],
  changed: ["Verified at delivery, not now", { operator: "AND", conditions: [{ hasVerifiedSmimeAtDelivery: true }, { hasVerifiedSmime: false }] }],
};

export const nameOf = (addresses) => addresses?.[0] ? addresses[0].name || addresses[0].email : "(no sender)";

export class MailView {
  #jmap; #mailboxes = []; #mailbox = ""; #filter = "all"; #emails = []; #open = null; #state = null; #total = 0; #turn = 0;

  constructor(jmap) {
    this.#jmap = jmap;
    this.list = element("ul", { class: "messages", "aria-label": "Messages" });
    this.more = element("button", { type: "button", hidden: true, onclick: () => this.#load(this.#emails.length, PAGE) }, "Show more");
    this.details = element("article", { class: "panel", "aria-live": "off", tabindex: "-1" }, element("p", { class: "quiet" }, "Choose a message."));
    this.box = element("select", { id: "mailbox", onchange: (event) => { this.#mailbox = event.target.value; this.reload(); } });
    this.root = element("div", { class: "columns" },
      element("section", { "aria-label": "Mailbox" },
        element("div", { class: "toolbar" },
          element("label", {}, "Mailbox", this.box),
          element("label", {}, "Show", element("select", { onchange: (event) => { this.#filter = event.target.value; this.reload(); } },
            Object.entries(FILTERS).map(([key, [words]]) => element("option", { value: key }, words))))),
        this.list, this.more),
      this.details);
  }

  async start() {
    const { list } = await this.#jmap.call("Mailbox/get", { ids: null, properties: ["id", "name", "role", "totalEmails"] });
    this.#mailboxes = list;
    this.#mailbox = (list.find((each) => each.role === "inbox") ?? list[0])?.id ?? "";
    this.box.replaceChildren(...list.map((each) => element("option", { value: each.id, selected: each.id === this.#mailbox }, each.name)));
    await this.reload();
  }

  async reload() {
    this.#emails = [];
    await this.#load(0, PAGE);
  }

  async #load(position, limit) {
    const chosen = FILTERS[this.#filter][1], inMailbox = { inMailbox: this.#mailbox };
    const filter = chosen ? { operator: "AND", conditions: [inMailbox, chosen] } : inMailbox;
    const turn = ++this.#turn;
    const [query, get] = await this.#jmap.calls(
      ["Email/query", { filter, sort: [{ property: "receivedAt", isAscending: false }], position, limit, calculateTotal: true }],
      ["Email/get", { "#ids": { resultOf: "0", name: "Email/query", path: "/ids" }, properties: LISTED }]);
    if (turn !== this.#turn) return;  // a later question was asked meanwhile: its answer counts
    this.#emails = [...this.#emails.slice(0, position), ...get.list];
    this.#state = get.state;
    this.#total = query.total;
    this.#draw();
  }

  #draw() {
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.email : null;
    const rows = this.#emails.map((email) => element("li", {}, element("button", {
      type: "button", "data-email": email.id, "aria-current": email.id === this.#open ? "true" : null, onclick: () => this.show(email.id),
    }, element("span", { class: "who" }, nameOf(email.from)), badge(email.smimeStatus),
      element("span", { class: "what" }, email.subject ?? "(no subject)"), moment(email.receivedAt))));
    this.list.replaceChildren(...(rows.length ? rows : [element("li", { class: "quiet" }, "Nothing here.")]));
    this.more.hidden = this.#emails.length >= this.#total;
    if (focused) this.#row(focused)?.focus();
  }

  #row(id) { return this.list.querySelector(`[data-email="${CSS.escape(id)}"]`); }

  async show(id) {
    const properties = this.#jmap.hasDetails ? [...SHOWN, "smimeDetails"] : SHOWN;
    const { list: [email] } = await this.#jmap.call("Email/get", { ids: [id], properties, bodyProperties: ["partId", "type"], fetchTextBodyValues: true, maxBodyValueBytes: 65536 });
    if (!email) return;
    const fresh = this.#open !== id || this.details.contains(document.activeElement);
    this.#open = id;
    this.#draw();
    this.details.replaceChildren(...this.#describe(email));
    if (fresh) this.details.focus();
  }

  #describe(email) {
    const text = email.textBody.map((part) => email.bodyValues[part.partId]?.value).filter((value) => value != null).join("\n");
    const addresses = (list) => list?.map((each) => each.name ? `${each.name} <${each.email}>` : each.email).join(", ");
    return [element("h2", {}, email.subject ?? "(no subject)"),
      definitions({ From: addresses(email.from), To: addresses(email.to), Received: moment(email.receivedAt) }),
      verdicts(email),
      ...(email.smimeDetails ? signers(email.smimeDetails) : []),
      element("h3", {}, "Text"), element("pre", {}, text)].flat();
  }

  // What changed on the server since the list was read, a verdict for instance.
  async refresh() {
    const before = new Map(this.#emails.map((email) => [email.id, email.smimeStatus]));
    const { updated } = await this.#jmap.call("Email/changes", { sinceState: this.#state }).catch(() => ({ updated: [] }));
    await this.#load(0, Math.max(PAGE, Math.min(this.#emails.length, this.#jmap.maxObjectsInGet)));
    for (const email of this.#emails) {
      if (before.has(email.id) && before.get(email.id) !== email.smimeStatus) {
        announce(`${email.subject ?? "A message"}: ${badge(email.smimeStatus).textContent}`);
        this.#row(email.id)?.classList.add("changed");
      }
    }
    if (this.#open && updated.includes(this.#open)) await this.show(this.#open);
  }
}
