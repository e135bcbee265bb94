// Charts as SVG.  Each is a figure: a caption, the picture with its sum in words, and the same numbers as a table.

import { element, svg, table } from "./dom.js";

const HEIGHT = 100, STEP = 10, BAR = 8;

// The days from `first` to `last`, "2026-11-25" each.
export function daysBetween(first, last) {
  const out = [];
  for (let time = Date.parse(first); time <= Date.parse(last); time += 86400000) out.push(new Date(time).toISOString().slice(0, 10));
  return out;
}

function stack(day, i, series, scale) {
  let top = HEIGHT;
  return series.map(({ kind, label, counts }) => {
    const count = counts.get(day) ?? 0, height = count * scale;
    top -= height;
    return count ? svg("rect", { class: kind, x: i * STEP + (STEP - BAR) / 2, y: top, width: BAR, height },
      svg("title", {}, `${day}: ${count.toLocaleString()} ${label}`)) : null;
  });
}

const sum = (counts) => [...counts.values()].reduce((a, b) => a + b, 0);

// series: { kind: colour, label, counts: Map(day -> number) }, drawn one on another.
export function stackedDays(caption, days, series) {
  const most = Math.max(1, ...days.map((day) => series.reduce((all, { counts }) => all + (counts.get(day) ?? 0), 0)));
  const words = `${caption}: ${series.map(({ label, counts }) => `${sum(counts).toLocaleString()} ${label}`).join(", ")}`;
  const width = days.length * STEP;
  return element("figure", { class: "chart" }, element("figcaption", {}, caption),
    element("p", { class: "legend" }, series.map(({ kind, label, counts }) =>
      element("span", { class: kind }, element("i", { "aria-hidden": "true" }), `${label} ${sum(counts).toLocaleString()}`))),
    element("div", { class: "plot" }, element("span", { class: "most", "aria-hidden": "true" }, most.toLocaleString()),
      svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": words },
        svg("path", { class: "grid", d: `M0 .5H${width}M0 ${HEIGHT / 2}H${width}M0 ${HEIGHT - .5}H${width}` }),
        days.map((day, i) => stack(day, i, series, HEIGHT / most)))),
    element("div", { class: "scale", "aria-hidden": "true" }, element("span", {}, days[0]), element("span", {}, days.at(-1))),
    element("details", {}, element("summary", {}, "Numbers"),
      table(caption, ["Day", ...series.map(({ label }) => label)],
        days.filter((day) => series.some(({ counts }) => counts.get(day)))
          .map((day) => [day, ...series.map(({ counts }) => String(counts.get(day) ?? 0))]))));
}

// One row of a table: how a number went, day by day.
export function spark(days, counts, kind) {
  const most = Math.max(1, ...counts.values()), height = 20;
  return svg("svg", { class: "spark", viewBox: `0 0 ${days.length * STEP} ${height}`, preserveAspectRatio: "none", role: "img",
    "aria-label": `at most ${most} a day` },
  days.map((day, i) => {
    const high = height * (counts.get(day) ?? 0) / most;
    return high ? svg("rect", { class: kind, x: i * STEP, y: height - high, width: BAR, height: high }) : null;
  }));
}
