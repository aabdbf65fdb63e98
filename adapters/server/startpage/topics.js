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
    if (events) watch(details, `${events}?topic=${encodeURIComponent(topic.name)}`, topic.subtopics ? " without a subtopic" : "");
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

// line writes a message as patchbay subscribe does: when it was published, its subtopic and headers where it has any, and the body.
function line(data) {
  const { timestamp, subtopic, headers, body } = JSON.parse(data);
  const time = new Date(timestamp).toLocaleTimeString([], { hour12: false });
  const some = Object.keys(headers).length > 0;
  return [time, subtopic && `${subtopic}:`, JSON.stringify(body), some && `headers ${JSON.stringify(headers)}`].filter(Boolean).join(" ");
}

// watch shows what is published as long as the details are open. A browser that loses the connection resumes by itself. It has no more
// than six to one server, of HTTP/1.1, so one topic is open at a time: the details have a name in common.
function watch(details, url, which) {
  const state = details.querySelector(".watching");
  const log = details.querySelector(".result");
  let source = null;
  details.addEventListener("toggle", () => {
    source?.close();
    source = null;
    if (!details.open) return;
    state.textContent = "Connecting…";
    source = new EventSource(url);
    source.onopen = () => { state.textContent = `Connected: what is published${which} from now on stands here.`; };
    source.onerror = () => {
      state.textContent = source.readyState === EventSource.CLOSED ? "The server refuses." : "Not connected; trying again…";
    };
    source.onmessage = ({ data }) => {
      const lines = [...log.textContent.split("\n"), line(data)].filter(Boolean);
      log.textContent = lines.slice(-shownMessages).join("\n");
      log.scrollTop = log.scrollHeight;
    };
  });
}
