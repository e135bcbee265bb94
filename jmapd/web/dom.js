// Elements from descriptions.  Text only ever becomes text: nothing that mail says is read as HTML.

export function element(name, attributes = {}, ...children) {
  const out = document.createElement(name);
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
