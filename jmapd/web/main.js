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
  byId("content").replaceChildren(app.current.root);
  await app.current.start();
}

function signedIn(app) {
  byId("sign-in").hidden = true;
  for (const id of ["content", "views", "account"]) byId(id).hidden = false;
  byId("account-name").textContent = app.jmap.session.username;
  for (const button of byId("views").children) button.onclick = () => show(app, button.dataset.view).catch(report);
  byId("sign-out").onclick = () => location.reload();  // the password is nowhere but in this page's memory
  app.jmap.follow(new AbortController().signal, () => app.current.refresh().catch(report));
}

function report(error) {
  byId("sign-in-error").textContent = error.message;
  byId("live").textContent = error.message;
}

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  byId("sign-in-error").textContent = "";
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
