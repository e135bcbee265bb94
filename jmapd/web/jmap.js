// A JMAP client (RFC 8620) as small as this page needs it.

export const USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:smimeverify"];
export const DETAILS = "https://waxseal.email/jmap/smimedetails";

export const OVERVIEW = "https://waxseal.email/jmap/overview";
const RETRY_MS = 3000;

export class JmapError extends Error {}

// URLs of the session may name the public host; this page is served by the same server, so that its own origin will do.
function here(url) {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}

function expand(template, values) {
  return here(template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name] ?? "")));
}

export class Jmap {
  #authorization;

  static async signIn(user, password) {
    const jmap = new Jmap();
    const octets = new TextEncoder().encode(`${user}:${password}`);
    jmap.#authorization = "Basic " + btoa(String.fromCharCode(...octets));
    jmap.session = await jmap.#readSession();
    jmap.account = jmap.session.primaryAccounts["urn:ietf:params:jmap:mail"];
    jmap.using = [...USING, ...[DETAILS, OVERVIEW].filter((each) => each in jmap.session.capabilities)];
    return jmap;
  }

  async #readSession() { return (await this.#fetch("/.well-known/jmap")).json(); }

  get maxObjectsInGet() { return this.session.capabilities["urn:ietf:params:jmap:core"].maxObjectsInGet; }
  get isAdministrator() { return this.using.includes(OVERVIEW); }
  get hasDetails() { return this.using.includes(DETAILS); }

  async #fetch(url, options = {}) {
    const headers = { Authorization: this.#authorization, ...options.headers };
    let answer;
    try {
      answer = await fetch(url, { ...options, headers, credentials: "omit" });
    } catch {
      throw new JmapError("The server does not answer.");
    }
    if (answer.ok) return answer;
    if (answer.status === 401) throw new JmapError("The account or the password is wrong.");
    const problem = await answer.json().catch(() => ({}));
    throw new JmapError(problem.detail ?? `The server answers ${answer.status}.`);
  }

  // calls: [name, arguments] pairs; accountId is filled in.  Gives the arguments of each response; throws at the first error.
  async calls(...calls) {
    const methodCalls = calls.map(([name, args], i) => [name, { accountId: this.account, ...args }, String(i)]);
    const answer = await this.#fetch(here(this.session.apiUrl), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ using: this.using, methodCalls }),
    });
    const { methodResponses } = await answer.json();
    return methodResponses.map(([name, result]) => {
      if (name === "error") throw new JmapError(result.description ?? result.type);
      return result;
    });
  }

  async call(name, args = {}) { return (await this.calls([name, args]))[0]; }

  async upload(file) {
    const answer = await this.#fetch(expand(this.session.uploadUrl, { accountId: this.account }), {
      method: "POST", headers: { "Content-Type": "message/rfc822" }, body: file,
    });
    return answer.json();
  }

  // Calls changed(types) whenever the server says that something of the account is another, and when the connection is there.
  // The URL has a ticket, since EventSource sends no Authorization; the browser comes back by itself after an interruption.
  follow(changed) {
    const source = new EventSource(expand(this.session.eventSourceUrl, { types: "Email,Mailbox", closeafter: "no", ping: 60 }));
    source.addEventListener("open", () => changed({}));
    source.addEventListener("state", (event) => changed(JSON.parse(event.data).changed[this.account] ?? {}));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#followAgain(changed), RETRY_MS);
    });
  }

  // A refused ticket is old: a new session has a new one.
  async #followAgain(changed) {
    try {
      this.session = await this.#readSession();
      this.follow(changed);
    } catch {
      setTimeout(() => this.#followAgain(changed), RETRY_MS);
    }
  }
}
