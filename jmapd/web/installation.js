// The whole installation, for an administrator: SmimeOverview (docs/JMAP.md).

import { daysBetween, spark, stackedDays } from "./charts.js";
import { day, definitions, element, moment, table } from "./dom.js";

const SHOWN_DAYS = 30;
const COUNTED_AT_MOST = 10000;
const STATUSES = [["signed/verified", "good", "verified"], ["signed/failed", "bad", "failed"], ["signed", "wait", "not judged yet"],
  ["unknown", "wait", "unknown"], ["none", "none", "not signed"]];

const number = (count) => count > COUNTED_AT_MOST ? `more than ${COUNTED_AT_MOST.toLocaleString()}` : count.toLocaleString();

// [[status, Map(day -> count)]] of `member`, only those that occurred.
function seriesOf(rows, member) {
  return STATUSES.map(([status, kind, label]) => ({ kind, label, counts: new Map(rows.map((row) => [row.day, row[member][status] ?? 0])) }))
    .filter(({ counts }) => [...counts.values()].some(Boolean));
}

function codesOf(rows) {
  const codes = new Map();
  for (const row of rows)
    for (const member of ["arrivedWith", "becameWith"])
      for (const [code, count] of Object.entries(row[member])) {
        const counts = codes.get(code) ?? codes.set(code, new Map()).get(code);
        counts.set(row.day, (counts.get(row.day) ?? 0) + count);
      }
  const total = (counts) => [...counts.values()].reduce((a, b) => a + b, 0);
  return [...codes].map(([code, counts]) => [code, counts, total(counts)]).sort((a, b) => b[2] - a[2]);
}

function charts(overview, days) {
  const rows = overview.days.filter(({ day }) => day >= days[0]);
  const arrived = seriesOf(rows, "arrived"), became = seriesOf(rows, "became");
  return [arrived.length ? stackedDays("Messages that arrived", days, arrived) : element("p", { class: "quiet" }, "No mail in this time."),
    became.length ? stackedDays("Verdicts that changed later", days, became) : null,
    element("h3", {}, "Why signatures fail"),
    table("Reasons, and how many messages have them", ["Reason", "Messages", "By day"], codesOf(rows).map(([code, counts, total]) =>
      [[overview.texts[code] ?? code, " ", element("code", {}, code)], total.toLocaleString(), spark(days, counts, "bad")]))];
}

function ending(list) {
  return [element("h3", {}, "Senders whose certificates end within 60 days"),
    table("Senders and the end of their certificates", ["Sender", "Until"],
      list.map((each) => [each.addresses.join(", ") || each.subject, day(each.notAfter)]))];
}

function health({ revocation, units }) {
  return [element("h3", {}, "Verdicts that are due"),
    definitions({ "To be judged again": number(units.due), "Oldest since": moment(units.oldestDueAt),
      "Judged, not yet carried to all mail": number(units.unswept) }),
    element("h3", {}, "Revocation data"),
    definitions({ "Lists kept": number(revocation.lists), "Outdated": number(revocation.outdatedLists),
      "Sources": number(revocation.fetches), "To be fetched": number(revocation.due), "Failing": number(revocation.failing) }),
    revocation.failures.length ? table("Sources that fail", ["Source", "Error", "Next try"],
      revocation.failures.map((each) => [each.url, `${each.error} (${each.failures} times)`, moment(each.nextFetchAt) ?? "not before the configuration changes"])) : null];
}

export function installation(overview) {
  const last = overview.at.slice(0, 10);
  const days = daysBetween(new Date(Date.parse(last) - (SHOWN_DAYS - 1) * 86400000).toISOString().slice(0, 10), last);
  return [element("h2", {}, "The whole installation"), element("p", { class: "quiet" }, `All accounts, the last ${SHOWN_DAYS} days.`),
    ...charts(overview, days), ...ending(overview.certificatesEnding), ...health(overview)].filter(Boolean);
}
