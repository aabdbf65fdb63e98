// The topics on the start page: what there is to subscribe to, and what is published while somebody watches. Every text of the server's
// goes into the page as text, never as HTML.

const shownMessages = 50; // of a topic that is watched

// showTopics lists topics. pathOf tells where a protocol is served, if it is.
export function showTopics(topics, pathOf) {
  const events = pathOf("sse");
  const subscribed = events ?? pathOf("jsonrpc") ?? pathOf("amf");
  for (const topic of topics) {
    const details = document.getElementById("topic").content.firstElementChild.cloneNode(true);
    const part = (selector) => details.querySelector(selector);
    details.dataset.topic = topic.name;
    part(".name").textContent = topic.name;
    part(".doc").textContent = facts(topic);
    part(".command code").textContent = `patchbay subscribe ${location.origin}${subscribed} ${topic.name}`;
    if (events) watch(details, `${events}?topic=${encodeURIComponent(topic.name)}`);
    document.getElementById("topics").append(details);
  }
  document.getElementById("topics-section").hidden = topics.length === 0;
}

function facts(topic) {
  const list = [
    topic.subtopics && "has subtopics",
    `messages live ${duration(topic.seconds)}`,
    topic.replay && "new AMF subscribers get what is alive",
    topic.secure && "needs a login",
  ];
  return list.filter(Boolean).join("; ");
}

function duration(seconds) {
  return seconds % 60 ? `${seconds} s` : `${seconds / 60} min`;
}

// watch shows what is published as long as the details are open. A browser that loses the connection resumes by itself.
function watch(details, url) {
  const state = details.querySelector(".watching");
  const log = details.querySelector(".result");
  let source = null;
  details.addEventListener("toggle", () => {
    source?.close();
    source = null;
    if (!details.open) return;
    state.textContent = "Connecting…";
    source = new EventSource(url);
    source.onopen = () => { state.textContent = "Connected: what is published from now on stands here."; };
    source.onerror = () => {
      state.textContent = source.readyState === EventSource.CLOSED ? "The server refuses." : "Not connected; trying again…";
    };
    source.onmessage = ({ data }) => {
      const lines = [...log.textContent.split("\n"), data].filter(Boolean);
      log.textContent = lines.slice(-shownMessages).join("\n");
      log.scrollTop = log.scrollHeight;
    };
  });
}
