// Drives a server with jmap-jam, a client library that is not ours.  Prints one JSON object a line; what each holds is
// checked by client_test.py.  Usage: node jam.mjs SESSION-URL TOKEN   (jmap-jam is found through NODE_MODULES)
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const [sessionUrl, bearerToken] = process.argv.slice(2);
const { default: JamClient, JamClient: Named } = await import(
  pathToFileURL(join(process.env.NODE_MODULES, "jmap-jam/dist/index.js")).href
);
const say = (step, value) => process.stdout.write(JSON.stringify({ step, ...value }) + "\n");

// As in a browser: no header of ours goes with it.
class EventSource {
  constructor(url) {
    this.listeners = [];
    this.done = this.read(url);
  }
  addEventListener(type, listener) {
    this.listeners.push({ type, listener });
  }
  async read(url) {
    const response = await fetch(url, { headers: { Accept: "text/event-stream" } });
    say("stream", { status: response.status, type: response.headers.get("content-type") });
    let text = "";
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      text += piece;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        this.dispatch(text.slice(0, end));
        text = text.slice(end + 2);
      }
    }
  }
  dispatch(block) {
    const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2)));
    const event = { type: fields.event ?? "message", data: fields.data, lastEventId: fields.id };
    for (const { type, listener } of this.listeners) if (type === event.type) listener(event);
  }
}
globalThis.EventSource = EventSource;

const jam = new (Named ?? JamClient)({
  sessionUrl,
  bearerToken,
  customCapabilities: { Blob: "urn:ietf:params:jmap:blob", Quota: "urn:ietf:params:jmap:quota" },
});
const session = await jam.session;
const accountId = await jam.getPrimaryAccount();
say("session", { username: session.username, accountId });

const smime = ["urn:ietf:params:jmap:smimeverify"];
const [page] = await jam.requestMany(
  (t) => {
    const found = t.Email.query({ accountId, sort: [{ property: "receivedAt", isAscending: false }], limit: 10 });
    const emails = t.Email.get({
      accountId,
      ids: found.$ref("/ids"),
      properties: ["subject", "threadId", "smimeStatus", "smimeErrors", "smimeVerifiedAt"],
    });
    const threads = t.Thread.get({ accountId, ids: emails.$ref("/list/*/threadId") });
    return { found, emails, threads };
  },
  { using: smime },
);
say("page", { emails: page.emails.list, threads: page.threads.list.length });

const [mailboxes] = await jam.api.Mailbox.get({ accountId, ids: null });
const inbox = mailboxes.list.find((mailbox) => mailbox.role === "inbox");
say("mailboxes", { inbox: inbox.id, total: inbox.totalEmails });

const octets = "From: jam@example.test\r\nSubject: from a client\r\n\r\nImported.\r\n";
const uploaded = await jam.uploadBlob(accountId, new Blob([octets], { type: "message/rfc822" }));
const download = await jam.downloadBlob({
  accountId,
  blobId: uploaded.blobId,
  mimeType: "text/plain",
  fileName: "a b.eml",
});
say("blob", {
  uploaded,
  same: (await download.text()) === octets,
  disposition: download.headers.get("content-disposition"),
});

const [blobs] = await jam.request(["Blob/get", { accountId, ids: [uploaded.blobId], properties: ["size", "data:asText"] }]);
say("blob_get", { list: blobs.list });

// What a published client sends and a strict reader would refuse.
const lenient = await fetch(session.apiUrl, {
  method: "POST",
  headers: { Authorization: jam.authHeader, "Content-Type": "application/json" },
  body: JSON.stringify({
    using: ["urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission"],
    methodCalls: [
      ["Email/query", { accountId, filter: null, sort: [{ property: "subject", collation: null }], limit: null }, "a"],
      ["Email/get", { accountId, ids: [] }, "b"],
    ],
  }),
});
say("lenient", { status: lenient.status, names: (await lenient.json()).methodResponses?.map((r) => r[0]) });

const failed = await jam.api.Email.get({ accountId: "a1", ids: [] }).then(() => null, (error) => error);
say("error", { type: failed?.type });

const events = await jam.connectEventSource({ types: ["Email", "EmailDelivery"], ping: 0, closeafter: "state" });
events.addEventListener("state", (event) => say("event", { data: JSON.parse(event.data), id: event.lastEventId }));
await events.done;

const states = await jam.api.Email.get({ accountId, ids: [] });
say("after", { state: states[0].state });

const writes = ["Email/import", "Email/set"];
const imported = await jam
  .request([writes[0], { accountId, emails: { k: { blobId: uploaded.blobId, mailboxIds: { [inbox.id]: true } } } }])
  .then(([answer]) => answer, (error) => ({ error }));
say("import", { answer: imported });
const id = imported.created?.k?.id;
if (id) {
  const [set] = await jam.request([writes[1], { accountId, update: { [id]: { "keywords/$seen": true } } }]);
  const [got] = await jam.api.Email.get({ accountId, ids: [id], properties: ["keywords", "subject"] });
  const [gone] = await jam.request([writes[1], { accountId, destroy: [id] }]);
  say("set", { updated: Object.keys(set.updated ?? {}), email: got.list[0], destroyed: gone.destroyed });
}
