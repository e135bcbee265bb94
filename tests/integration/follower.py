"""A JMAP client that keeps a copy of an account by Email/changes alone, and never forgets a state that it saw."""

import random
import threading

MOST_STATES = 50  # followed to the end again by each reader, of all that it saw
PROPERTIES = ["id", "keywords", "smimeStatus", "smimeStatusAtDelivery", "smimeErrors"]


def visible(email):
    """What Email/changes must explain (RFC 9219 section 4.3: smimeVerifiedAt alone is no change)."""
    return (tuple(sorted(email["keywords"])), email["smimeStatus"], email["smimeStatusAtDelivery"],
            tuple(email["smimeErrors"] or ()))


def everything(jmap):
    """State and content of the account.  What changes meanwhile is newer than the state, and comes again with its changes."""
    state = jmap.call("Email/get", ids=[], properties=["id"])["state"]
    return state, {email["id"]: visible(email) for email in jmap.emails(PROPERTIES)}


class Follower(threading.Thread):
    def __init__(self, jmap, seed):
        super().__init__(daemon=True)
        self.jmap, self.random = jmap, random.Random(seed)
        self.state, self.copy = everything(jmap)
        self.seen = {self.state: dict(self.copy)}  # state -> the copy as it was then
        self.error = None
        self.done = threading.Event()

    def run(self):
        try:
            while not self.done.is_set():
                self.step()
        except Exception as error:  # shown by finish()
            self.error = error

    def step(self):
        # The changes, and in the same request what they are about: but each method has a snapshot of its own, so that
        # what was got may be newer than the new state.  Then it comes again with the next changes.
        changes = self.jmap.call("Email/changes", sinceState=self.state, maxChanges=self.random.choice([1, 2, 7, 100]))
        assert changes["oldState"] == self.state, changes
        named = changes["created"] + changes["updated"] + changes["destroyed"]
        assert len(named) == len(set(named)), f"one object twice: {changes}"
        got = self.jmap.call("Email/get", ids=changes["created"] + changes["updated"], properties=PROPERTIES)
        for email in got["list"]:
            self.copy[email["id"]] = visible(email)
        for email_id in changes["destroyed"]:
            self.copy.pop(email_id, None)
        self.state = changes["newState"]
        if not changes["hasMoreChanges"] and got["state"] == self.state:
            self.seen.setdefault(self.state, dict(self.copy))

    def finish(self):
        """Stops, catches up and compares with the truth; the account must be quiet.  Raises AssertionError."""
        self.done.set()
        self.join(60)
        if self.error:
            raise self.error
        while True:
            before = self.state
            self.step()
            if self.state == before:
                break
        state, truth = everything(self.jmap)
        assert self.state == state, f"the follower ends at {self.state}, the account is at {state}"
        wrong = {i for i in self.copy.keys() | truth.keys() if self.copy.get(i) != truth.get(i)}
        assert not wrong, f"stale or missing in the copy: { {i: (self.copy.get(i), truth.get(i)) for i in wrong} }"
        chosen = self.random.sample(sorted(self.seen), min(len(self.seen), MOST_STATES))
        for old in chosen:
            self._follow_from(old, self.seen[old], truth)
        return truth

    def _follow_from(self, old, then, truth):
        """From every state ever seen: what differs today is named, and the copy of then becomes the truth."""
        created, updated, destroyed, since = set(), set(), set(), old
        while True:
            changes = self.jmap.call("Email/changes", sinceState=since, maxChanges=50)
            created |= set(changes["created"])
            updated |= set(changes["updated"])
            destroyed |= set(changes["destroyed"])
            since = changes["newState"]
            if not changes["hasMoreChanges"]:
                break
        assert created - destroyed == truth.keys() - then.keys(), f"created since {old}"
        assert destroyed - created == then.keys() - truth.keys(), f"destroyed since {old}"
        changed = {i for i in then.keys() & truth.keys() if then[i] != truth[i]}
        assert changed <= updated | created, f"changed since {old} without being named: {changed - updated}"
