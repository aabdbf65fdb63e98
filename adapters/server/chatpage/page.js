// The chat page: shows what is published to the topic and publishes what is typed. Every text that comes goes into the page as text,
// never as HTML.

const topic = "chat";
const eventsPath = "/events";
const rpcPath = "/rpc";
const mostShown = 500; // messages; older ones go
const nameKey = "patchbay.chat.name"; // where the browser keeps the name
const retryPause = 3000; // milliseconds, where the browser gives up
const lostAfter = 5000; // milliseconds without a connection: a server that gives its answers whole ends each, and is asked again soon
const mostRefusals = 20; // before we begin anew: a minute, in which a server that is replaced is back

const byId = (id) => document.getElementById(id);
const log = byId("log");

const shown = new Set(); // ids of the messages in the log: after a loss one may come twice
const own = new Set(); // ids of what was published here
let following = true; // what is seen is the log's end, and stays so when the window changes
let lastID = ""; // of the last event
let refusals = 0; // in a row
let losing = 0; // the timer until a connection counts as lost
let unsent = { text: "", id: "" }; // what was tried last: tried again it is the same message

start();

function start() {
  byId("from").value = stored();
  byId("from").addEventListener("change", keepName);
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  byId("newer").addEventListener("click", () => {
    toEnd();
    byId("text").focus();
  });
  log.addEventListener("scroll", () => {
    following = atEnd();
    if (following) byId("newer").hidden = true;
  });
  new ResizeObserver(() => { if (following) toEnd(); }).observe(log); // a keyboard on the screen, or a phone that is turned
  byId("command").textContent = `patchbay publish ${location.origin}${rpcPath} ${topic} '{"from": "Ann", "text": "Hello!"}'`;
  byId(byId("from").value ? "text" : "from").focus();
  listen();
}

// listen subscribes, behind the last message that came. The browser makes a lost connection again by itself, and goes on there. Where the
// server refuses, it gives up and we do not: it may be busy, or, after some times, not know that message.
function listen() {
  const source = new EventSource(`${eventsPath}?${new URLSearchParams({ topic, ...(lastID && { lastEventId: lastID }) })}`);
  source.onopen = () => {
    refusals = 0;
    clearTimeout(losing);
    losing = 0;
    say("connected", "Connected");
  };
  source.onmessage = ({ data, lastEventId }) => {
    lastID = lastEventId;
    receive(data);
  };
  source.onerror = () => {
    losing ||= setTimeout(() => say("lost", "Not connected, trying again…"), lostAfter);
    if (source.readyState !== EventSource.CLOSED) return;
    if (++refusals > mostRefusals) lastID = "";
    setTimeout(listen, retryPause);
  };
}

function say(state, text) {
  const status = byId("status");
  if (status.dataset.state === state) return; // a screen reader would say it again
  status.dataset.state = state;
  status.textContent = text;
}

function receive(data) {
  let message;
  try {
    message = JSON.parse(data);
  } catch {
    return; // nothing that anybody could read
  }
  if (shown.has(message.id)) return;
  shown.add(message.id);
  const follow = atEnd();
  log.append(item(message));
  while (log.children.length > mostShown) {
    shown.delete(log.firstElementChild.dataset.id);
    log.firstElementChild.remove();
  }
  byId("nothing").hidden = true;
  if (follow) toEnd();
  else byId("newer").hidden = false;
}

function item(message) {
  const li = byId("message").content.firstElementChild.cloneNode(true);
  const part = (selector) => li.querySelector(selector);
  const { from, text, data } = said(message.body);
  const at = new Date(message.timestamp);
  li.dataset.id = message.id;
  li.classList.toggle("own", own.has(message.id));
  part(".who").textContent = from || "Anonymous";
  part(".who").classList.toggle("unnamed", !from);
  part(".what").textContent = text;
  part(".what").classList.toggle("data", data);
  if (!isNaN(at)) {
    part("time").dateTime = at.toISOString();
    part("time").textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  }
  return li;
}

// said reads what this page publishes, {from, text}, what AmFast's chat does, {user, msg}, a text alone, or anything else as JSON.
function said(body) {
  if (typeof body === "string") return { from: "", text: body, data: false };
  const from = line(body?.from ?? body?.user);
  const text = line(body?.text ?? body?.msg);
  return text === "" ? { from, text: JSON.stringify(body), data: true } : { from, text, data: false };
}

function line(value) {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

// send publishes what was typed. It stays in its field until it is published.
async function send() {
  const input = byId("text");
  const text = input.value.trim();
  const button = byId("send");
  if (!text || button.ariaBusy === "true") return;
  keepName();
  if (unsent.text !== text) unsent = { text, id: newID() };
  const { id } = unsent;
  own.add(id);
  button.ariaBusy = "true";
  try {
    await publish(id, { from: byId("from").value.trim(), text });
    unsent = { text: "", id: "" };
    if (input.value.trim() === text) input.value = "";
    byId("problem").textContent = "";
    toEnd();
  } catch (error) {
    byId("problem").textContent = `Not sent: ${error instanceof TypeError ? "the server does not answer" : error.message}. Send tries again.`;
  }
  button.ariaBusy = "false";
  input.focus();
}

async function publish(id, body) {
  const request = { jsonrpc: "2.0", method: "patchbay.publish", params: { destination: topic, id, body }, id: 1 };
  const response = await fetch(rpcPath, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request) });
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  const answer = await response.json();
  if (answer.error) throw new Error(answer.error.message);
}

// newID works on pages that did not come over TLS too, unlike crypto.randomUUID.
function newID() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function atEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 40;
}

function toEnd() {
  following = true;
  log.scrollTop = log.scrollHeight;
  byId("newer").hidden = true;
}

// A browser may refuse to keep anything; then the name is typed anew.
function stored() {
  try {
    return localStorage.getItem(nameKey) ?? "";
  } catch {
    return "";
  }
}

function keepName() {
  try {
    localStorage.setItem(nameKey, byId("from").value.trim());
  } catch {
    // as in stored
  }
}
