// Sign in, switch between the views, follow what changes.

import { Jmap } from "./jmap.js";
import { ExplainView } from "./explain.js";
import { MailView } from "./mail.js";
import { OverviewView } from "./overview.js";

const VIEWS = { mail: MailView, explain: ExplainView, overview: OverviewView };
const byId = (id) => document.getElementById(id);

async function show(app, name) {
  for (const button of byId("views").children) {
    if (button.dataset.view === name) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  app.views[name] ??= new VIEWS[name](app.jmap);
  app.current = app.views[name];
  report(null);
  byId("content").replaceChildren(app.current.root);
  await app.current.start();
}

function signedIn(app) {
  byId("sign-in").hidden = true;
  for (const id of ["content", "views", "account"]) byId(id).hidden = false;
  byId("account-name").textContent = app.jmap.session.username;
  for (const button of byId("views").children) button.onclick = () => show(app, button.dataset.view).catch(report);
  byId("sign-out").onclick = () => location.reload();  // the password is nowhere but in this page's memory
  app.jmap.follow(oneAtATime(() => app.current?.refresh()));
}

// A view that draws itself is not asked to do so again at the same time, but once more afterwards.
function oneAtATime(work) {
  let running = false, again = false;
  return async () => {
    again = true;
    if (running) return;
    running = true;
    while (again) {
      again = false;
      await Promise.resolve(work()).then(() => report(null), report);
    }
    running = false;
  };
}

function report(error) {
  byId("trouble").textContent = error?.message ?? "";
}

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  report(null);
  try {
    const app = { jmap: await Jmap.signIn(byId("user").value, byId("password").value), views: {}, current: null };
    byId("password").value = "";
    signedIn(app);
    await show(app, "mail");
    byId("main").focus();
  } catch (error) {
    report(error);
  }
});
