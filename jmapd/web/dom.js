// Elements from descriptions.  Text only ever becomes text: nothing that mail says is read as HTML.

export const element = (name, ...rest) => build(document.createElement(name), ...rest);
export const svg = (name, ...rest) => build(document.createElementNS("http://www.w3.org/2000/svg", name), ...rest);

function build(out, attributes = {}, ...children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) out.addEventListener(key.slice(2), value);
    else if (value === true) out.setAttribute(key, "");
    else if (value !== false && value != null) out.setAttribute(key, value);
  }
  out.append(...children.flat(Infinity).filter((child) => child != null));
  return out;
}

// A definition list of the pairs that have a value.
export function definitions(pairs) {
  return element("dl", {}, Object.entries(pairs).filter(([, value]) => value != null && value !== "")
    .map(([term, value]) => [element("dt", {}, term), element("dd", {}, value)]));
}

export function table(caption, heads, rows) {
  if (!rows.length) return element("p", { class: "quiet" }, "None.");
  return element("table", {}, element("caption", { class: "visually-hidden" }, caption),
    element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, rows.map((row) => element("tr", {}, row.map((cell) => element("td", {}, cell))))));
}

const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const dateOnly = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
export const moment = (text) => text == null ? null : element("time", { datetime: text }, dateTime.format(new Date(text)));
export const day = (text) => dateOnly.format(new Date(text));

let saying;
export function announce(text) {
  const live = document.getElementById("live");
  clearTimeout(saying);
  live.textContent = "";
  saying = setTimeout(() => { live.textContent = text; }, 100);
}
