// Signers and their chains: a tree from the trust anchor down to the signer, each certificate with its validity on one
// time line.

import { day, definitions, element, moment } from "./dom.js";

function commonName(subject) {
  return /(?:^|,)CN=((?:\\.|[^,])*)/.exec(subject ?? "")?.[1].replace(/\\(.)/g, "$1") ?? subject ?? "a certificate that was not sent";
}

// The span that all bars of one chain share.
function spanOf(certificates) {
  const begins = certificates.map((each) => Date.parse(each.notBefore)).filter(Number.isFinite);
  const ends = certificates.map((each) => Date.parse(each.notAfter)).filter(Number.isFinite);
  return { from: Math.min(Date.now(), ...begins), to: Math.max(Date.now(), ...ends) };
}

function validity(certificate, span) {
  const begin = Date.parse(certificate.notBefore), end = Date.parse(certificate.notAfter), now = Date.now();
  if (!Number.isFinite(begin)) return null;
  const percent = (time) => 100 * (time - span.from) / Math.max(1, span.to - span.from);
  const valid = begin <= now && now <= end, revoked = Boolean(certificate.revokedAt);
  const bar = element("i"), mark = element("b");
  bar.style.left = `${percent(begin)}%`;
  bar.style.width = `${Math.max(0.5, percent(end) - percent(begin))}%`;
  mark.style.left = `${percent(now)}%`;
  const words = `valid from ${day(certificate.notBefore)} to ${day(certificate.notAfter)}` + (revoked ? ", revoked" : valid ? "" : now > end ? ", expired" : ", not yet valid");
  return [element("div", { class: valid && !revoked ? "validity" : "validity ended", role: "img", "aria-label": words }, bar, mark),
    element("div", { class: "scale" }, element("span", {}, day(certificate.notBefore)), element("span", {}, day(certificate.notAfter)))];
}

function certificateItem(certificate, span, role, below) {
  return element("li", { class: "certificate" },
    element("strong", {}, commonName(certificate.subject)), " ", element("span", { class: "quiet" }, role),
    certificate.revokedAt ? element("p", { class: "revoked" }, "Revoked ", moment(certificate.revokedAt), ` (${certificate.revocationReason})`) : null,
    validity(certificate, span),
    element("details", {}, element("summary", {}, "Certificate"),
      definitions({ Subject: certificate.subject, Issuer: certificate.issuer, Serial: certificate.serial, "SHA-256": certificate.sha256 })),
    below ? element("ul", { class: "chain" }, below) : null);
}

function chainTree(signer) {
  const chain = signer.chain?.length ? signer.chain : [signer];
  const span = spanOf(chain);
  let below = null;
  chain.forEach((certificate, i) => {
    const anchored = Boolean(signer.chain?.length);
    const role = i === 0 ? "signer" : anchored && i === chain.length - 1 ? "trust anchor" : "issuing authority";
    below = certificateItem(certificate, span, role, below);
  });
  return element("ul", { class: "chain" }, below);
}

// "Revocation list of Example CA as of 1 June 2026, 10:00"
function evidenceItem(each) {
  return element("li", {}, each.kind === "ocsp" ? "OCSP answer" : `Revocation list of ${commonName(each.issuer)}`,
    each.thisUpdate ? [" as of ", moment(each.thisUpdate)] : null);
}

function evidenceList(title, list) {
  return list?.length ? element("section", { "aria-label": title }, element("h3", {}, title), element("ul", {}, list.map(evidenceItem))) : null;
}

// What these certificates were found to be, oldest first; nothing if they were always the same.
function history(signer) {
  if (!(signer.history?.length > 1)) return null;
  return element("section", { "aria-label": "History" }, element("h3", {}, "What the certificates were found to be"),
    element("ol", { class: "history" }, signer.history.map(({ at, errors }) => element("li", { class: errors.length ? "bad" : "good" },
      moment(at), " ", errors.length ? errors.map((each) => each.text ?? each.code).join("; ") : "in order"))));
}

export function signers(details) {
  return [...signatures(details), evidenceList("Revocation checked at delivery with", details.evidenceAtDelivery)].filter(Boolean);
}

function signatures(details) {
  return details.signers.map((signer, i) => element("section", { "aria-label": `Signature ${i + 1}` },
    element("h3", {}, details.signers.length > 1 ? `Signature ${i + 1}` : "Signature"),
    definitions({
      Signer: signer.addresses.join(", "),
      Signature: signer.isIntact ? "fits the message" : "does not fit the message",
      Algorithms: [signer.signatureAlgorithm, signer.digestAlgorithm].filter(Boolean).join(", "),
      "Signed at": signer.signingTime ? element("span", {}, moment(signer.signingTime), " (the sender's claim)") : null,
    }),
    signer.errors.length ? element("ul", { class: "reasons" }, signer.errors.map((each) => element("li", {}, each.text, " ", element("code", {}, each.code)))) : null,
    signer.chain?.length ? null : element("p", { class: "quiet" }, "No path leads from this certificate to an authority that is trusted here."),
    chainTree(signer), history(signer), evidenceList("Revocation checked with", signer.evidence)));
}
