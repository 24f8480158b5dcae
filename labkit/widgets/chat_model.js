/* What a page knows of a chat, without the page: the log, from the kernel's messages. */

/** What a page knows before the kernel has said anything. */
export function emptyLog() {
  return { seq: null, messages: [], status: { busy: false, stopping: false, closed: false, input_tokens: 0, output_tokens: 0 } };
}

/**
 * Take a message of the kernel. `log` is what is known then; `ids` are the messages that differ, or
 * null for all of them; `ask` says that a message was missed, so the state has to be asked for.
 */
export function receive(log, message) {
  if (message.type === "state") {
    const { seq, messages, status } = message;
    return { log: { seq, messages, status }, ids: null, ask: false };
  }
  if (message.type !== "changes" || log.seq === null || message.seq <= log.seq) {
    return { log, ids: new Set(), ask: false };
  }
  if (message.seq > log.seq + 1) return { log: { ...log, seq: null }, ids: new Set(), ask: true };
  const ids = new Set();
  let next = { ...log, seq: message.seq };
  for (const change of message.changes) {
    next = apply(next, change);
    if (change[0] !== "status") ids.add(change[0] === "put" ? change[1].id : change[1]);
  }
  return { log: next, ids, ask: false };
}

function apply(log, [kind, what, piece]) {
  const { messages } = log;
  if (kind === "status") return { ...log, status: what };
  if (kind === "drop") return { ...log, messages: messages.filter((each) => each.id !== what) };
  if (kind === "text") {
    const grown = (each) => (each.id === what ? { ...each, text: each.text + piece } : each);
    return { ...log, messages: messages.map(grown) };
  }
  const known = messages.some((each) => each.id === what.id);
  const put = known ? messages.map((each) => (each.id === what.id ? what : each)) : [...messages, what];
  return { ...log, messages: put };
}

/** The last question that was asked: the one that can be edited. Undefined if there is none. */
export function lastQuestion(log) {
  return log.messages.findLast((each) => each.kind === "user" && each.state === "sent");
}

/** What came of the last question: the message that offers to ask again. Undefined before that. */
export function lastWord(log) {
  const question = lastQuestion(log);
  const came = question ? log.messages.slice(log.messages.indexOf(question) + 1) : [];
  const isWord = ({ kind, state }) => kind === "answer" || (kind === "note" && state === "error");
  return came.findLast(isWord) ?? came.findLast((each) => each.kind === "note");
}
