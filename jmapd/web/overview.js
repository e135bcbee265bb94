// Verdicts of the whole account, why they fail, and whose certificates end soon; for an administrator, of the whole installation first.

import { day, element, table } from "./dom.js";
import { installation } from "./installation.js";
import { badge, kindOf } from "./status.js";

const FRESH_MS = 10000;  // numbers of all accounts are not asked for with every message
const SOON_DAYS = 60;
const LOOKED_AT = 500;  // newest signed messages
const AND = (...conditions) => ({ operator: "AND", conditions });
const COUNTS = [
  ["signed/verified", { hasVerifiedSmime: true }],
  ["signed/failed", AND({ hasSmime: true }, { hasVerifiedSmime: false })],
  [null, { hasSmime: false }],
];

function bar(label, count, most, kind) {
  const fill = element("i");
  fill.style.width = `${most ? 100 * count / most : 0}%`;
  return element("div", { class: kind }, label, element("div", { class: "bar" }, fill), element("span", {}, count.toLocaleString()));
}

function bars(rows) {
  if (!rows.length) return element("p", { class: "quiet" }, "None.");
  const most = Math.max(1, ...rows.map(([, count]) => count));
  return element("div", { class: "bars" }, rows.map(([label, count, kind]) => bar(label, count, most, kind)));
}

function countBy(emails, keysOf) {
  const counts = new Map();
  for (const email of emails) for (const key of keysOf(email)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

// Month by month, oldest first: verified and failed.
function byMonth(emails) {
  const months = new Map();
  for (const email of emails) {
    const month = email.receivedAt.slice(0, 7);
    const row = months.get(month) ?? { good: 0, bad: 0, wait: 0, none: 0 };
    row[kindOf(email.smimeStatus)] += 1;
    months.set(month, row);
  }
  return [...months].sort(([a], [b]) => a.localeCompare(b)).slice(-12);
}

function endingSoon(emails) {
  const limit = Date.now() + SOON_DAYS * 86400000, found = new Map();
  for (const email of emails)
    for (const signer of email.smimeDetails?.signers ?? []) {
      const end = Date.parse(signer.notAfter);
      if (end > Date.now() && end < limit) found.set(signer.sha256, [signer.addresses.join(", ") || signer.subject, day(signer.notAfter), end]);
    }
  return [...found.values()].sort((a, b) => a[2] - b[2]).map(([who, when]) => [who, when]);
}

export class OverviewView {
  #jmap; #readAt = 0;

  constructor(jmap) {
    this.#jmap = jmap;
    this.own = element("section", { class: "panel", "aria-label": "My account" });
    this.all = element("section", { class: "panel", "aria-label": "The whole installation", hidden: !jmap.isAdministrator });
    this.root = element("div", { class: "stacked" }, this.all, this.own);
  }

  async start() { await this.refresh(); }

  async refresh() {
    if (this.#jmap.isAdministrator && Date.now() - this.#readAt > FRESH_MS) await this.#refreshInstallation();
    await this.#refreshOwn();
  }

  async #refreshInstallation() {
    const { list: [overview] } = await this.#jmap.call("SmimeOverview/get", { ids: ["singleton"] });
    this.#readAt = Date.now();
    this.all.replaceChildren(...installation(overview));
  }

  async #refreshOwn() {
    const counts = await this.#jmap.calls(...COUNTS.map(([, filter]) => ["Email/query", { filter, limit: 0, calculateTotal: true }]));
    const properties = ["receivedAt", "smimeStatus", ...(this.#jmap.hasDetails ? ["smimeDetails"] : [])];
    const [, { list }] = await this.#jmap.calls(
      ["Email/query", { filter: { hasSmime: true }, sort: [{ property: "receivedAt", isAscending: false }], limit: LOOKED_AT }],
      ["Email/get", { "#ids": { resultOf: "0", name: "Email/query", path: "/ids" }, properties }]);
    const codes = countBy(list, (email) => email.smimeDetails?.errors.map((each) => each.text) ?? []);
    this.own.replaceChildren(
      element("h2", {}, "My account"),
      element("h3", {}, "Verdicts now"),
      bars(COUNTS.map(([status], i) => [badge(status), counts[i].total, kindOf(status)])),
      element("h3", {}, "By month"),
      bars(byMonth(list).flatMap(([month, row]) => [[`${month} verified`, row.good, "good"], [`${month} failed`, row.bad, "bad"]])),
      element("h3", {}, "Why signatures fail"),
      table("Reasons and how many messages have them", ["Reason", "Messages"], codes.map(([text, count]) => [text, String(count)])),
      element("h3", {}, `Certificates that end within ${SOON_DAYS} days`),
      table("Senders and the end of their certificates", ["Sender", "Until"], endingSoon(list)),
      element("p", { class: "quiet" }, `Months, reasons and certificates are of the newest ${LOOKED_AT} signed messages.`));
  }
}
