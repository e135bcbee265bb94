// smimeStatus and its companions, shown.

import { element, moment } from "./dom.js";

// RFC 9219 section 4.1: a status that is not known is to be treated as signed/failed.
const KINDS = new Map([
  [null, ["none", "·", "not signed"]],
  ["unknown", ["none", "?", "unknown"]],
  ["signed", ["wait", "…", "not judged yet"]],
  ["signed/verified", ["good", "✓", "verified"]],
  ["signed/failed", ["bad", "✗", "failed"]],
]);

export const kindOf = (status) => (KINDS.get(status) ?? KINDS.get("signed/failed"))[0];

export function badge(status) {
  const [kind, sign, words] = KINDS.get(status) ?? KINDS.get("signed/failed");
  return element("span", { class: `badge ${kind}` }, element("span", { "aria-hidden": "true" }, sign), words);
}

function reasons(errors, codes) {
  if (!errors?.length) return null;
  return element("ul", { class: "reasons" }, errors.map((text, i) =>
    element("li", {}, text, codes?.[i] ? [" ", element("code", {}, codes[i].code)] : [])));
}

// Status now and at delivery, side by side.
export function verdicts(email) {
  const details = email.smimeDetails;
  const now = element("div", {}, element("h3", {}, "Now"), badge(email.smimeStatus),
    reasons(email.smimeErrors, details?.errors),
    email.smimeVerifiedAt ? element("p", { class: "quiet" }, "judged ", moment(email.smimeVerifiedAt)) : null);
  if (email.smimeStatusAtDelivery === undefined) return element("div", { class: "verdicts" }, now);
  const delivered = element("div", {}, element("h3", {}, "At delivery"), badge(email.smimeStatusAtDelivery),
    reasons(details?.errorsAtDelivery?.map((each) => each.text), details?.errorsAtDelivery),
    email.receivedAt ? element("p", { class: "quiet" }, "received ", moment(email.receivedAt)) : null);
  return element("div", { class: "verdicts" }, now, delivered);
}
