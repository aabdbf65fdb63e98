// The start page: asks the server what it offers and shows a form for each operation. Every text of the server's goes into the
// page as text, never as HTML.

import { showTopics } from "/start/topics.js";

const byId = (id) => document.getElementById(id);
const clone = (id) => byId(id).content.firstElementChild.cloneNode(true);

let rpcPath = null; // where JSON-RPC is served
const forms = new Map(); // method name -> the form's parts

start().catch((error) => fail(`The server could not be asked what it offers: ${error.message}`));

async function start() {
  const [channels, links, topics] = await Promise.all(["channels", "links", "topics"].map(listed));
  showChannels(channels);
  showLinks(links);
  showTopics(topics, (protocol) => channels.find((channel) => channel.protocol === protocol)?.path);
  rpcPath = channels.find((channel) => channel.protocol === "jsonrpc")?.path;
  if (!rpcPath) {
    fail("There is no channel of JSON-RPC here, so this page can show no more.");
    return;
  }
  const answer = await post(`{"jsonrpc":"2.0","method":"rpc.discover","id":1}`);
  if (answer.error) throw new Error(answer.error.message);
  showMethods(answer.result.methods);
  if (answer.result.info?.title) byId("title").textContent = `${answer.result.info.title}: Go funcs, called from any of the protocols below.`;
  byId("filter").addEventListener("input", filter);
  window.addEventListener("hashchange", follow);
  follow();
}

async function listed(name) {
  return (await fetch(`/start/${name}.json`)).json();
}

function fail(text) {
  byId("state").textContent = text;
  byId("state").classList.add("failed");
}

// post sends a JSON-RPC request and returns the answer. Numbers that JavaScript cannot hold keep their digits.
async function post(body) {
  const headers = { "Content-Type": "application/json" };
  const user = byId("user").value;
  if (user) headers.Authorization = "Basic " + base64(`${user}:${byId("password").value}`);
  const response = await fetch(rpcPath, { method: "POST", headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}: ${text.trim()}`);
  return JSON.parse(text, exactNumber);
}

function exactNumber(_key, value, context) {
  const exact = typeof value !== "number" || !context?.source || String(value) === context.source || !JSON.rawJSON;
  return exact ? value : JSON.rawJSON(context.source);
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function showChannels(channels) {
  for (const { path, protocol } of channels) {
    const item = document.createElement("li");
    const code = document.createElement("code");
    const name = document.createElement("span");
    code.textContent = location.origin + path;
    name.textContent = { amf: "AMF0, AMF3", jsonrpc: "JSON-RPC 2.0", sse: "server-sent events" }[protocol] ?? protocol;
    item.append(code, name);
    byId("channels").append(item);
  }
}

function showLinks(links) {
  for (const { path, text } of links) {
    const link = document.createElement("a");
    link.href = path;
    link.textContent = text;
    byId("links").append(link, " ");
  }
  byId("links").hidden = links.length === 0;
}

function showMethods(methods) {
  const lists = new Map(); // service name -> its list
  for (const method of methods) {
    const dot = method.name.lastIndexOf(".");
    const service = method.name.slice(0, Math.max(dot, 0));
    if (!lists.has(service)) lists.set(service, showService(service));
    lists.get(service).append(showOperation(method, method.name.slice(dot + 1)));
  }
  byId("state").textContent = `${methods.length} operations in ${lists.size} services.`;
}

function showService(name) {
  const section = clone("service");
  section.querySelector("h3").textContent = name || "Without a service";
  byId("services").append(section);
  return section.querySelector(".operations");
}

function showOperation(method, operation) {
  const details = clone("operation");
  const part = (selector) => details.querySelector(selector);
  details.dataset.method = method.name;
  part(".name").textContent = operation;
  part(".parameters").textContent = `(${method.params.map((p) => p.name + (p["x-variadic"] ? " …" : "")).join(", ")})`;
  part(".gives").textContent = typeName(method.result?.schema) && ` → ${typeName(method.result.schema)}`;
  part(".doc").textContent = [method.summary, method["x-secure"] && "Needs a login."].filter(Boolean).join(" ");
  const fields = method["x-any-params"] ? [{ name: "arguments", "x-variadic": true }] : method.params;
  const inputs = fields.map((param) => showField(part(".fields"), param));
  const form = { method, fields, inputs, details, part };
  forms.set(method.name, form);
  part("form").addEventListener("submit", (event) => {
    event.preventDefault();
    call(form);
  });
  return details;
}

// typeName says in a word what a JSON Schema allows; nothing where it allows anything.
function typeName(schema) {
  if (!schema || schema === true) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const choices = (schema.anyOf ?? schema.oneOf)?.map(typeName);
  if (choices) return [...new Set(choices)].filter(Boolean).join(" or ");
  if ([schema.type].flat().includes("array")) return `list${typeName(schema.items) && ` of ${typeName(schema.items)}`}`;
  return [schema.format ?? schema.type ?? []].flat().filter((name) => name !== "null").join(" or ");
}

function showField(into, param) {
  const label = clone("field");
  const input = label.querySelector("textarea");
  label.querySelector(".label").textContent = param.name;
  label.querySelector(".type").textContent = param["x-variadic"] ? "one value per line" : typeName(param.schema) || "any value";
  input.name = param.name;
  input.addEventListener("keydown", submitOnEnter);
  into.append(label);
  return input;
}

// submitOnEnter makes Enter call and Shift-Enter begin a new line, as in one-line fields.
function submitOnEnter(event) {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.labels[0].querySelector(".type").textContent !== "one value per line") {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
}

// argument makes JSON text of what was typed: as it is, or as a text.
function argument(typed, schema) {
  const wantsText = schema?.type === "string";
  try {
    const value = JSON.parse(typed);
    if (!wantsText || typeof value === "string") return typed;
  } catch {
    // no JSON, so a text
  }
  return JSON.stringify(typed);
}

// parameters returns the JSON text of params and the values alone. They go by name, so that a field can be left out; those that are
// any number of values go by position.
function parameters({ fields, inputs }) {
  const values = [];
  const named = [];
  let positional = false;
  fields.forEach((param, i) => {
    const typed = inputs[i].value;
    if (param["x-variadic"]) {
      positional = true;
      values.push(...typed.split("\n").filter((line) => line.trim()).map((line) => argument(line, param.schema)));
    } else if (typed || (param.required && param.schema?.type === "string")) {
      const text = argument(typed, param.schema);
      values.push(text);
      named.push(`${JSON.stringify(param.name)}:${text}`);
    } else if (fields.some((field) => field["x-variadic"])) {
      values.push("null"); // holds its place
    }
  });
  return { text: positional ? `[${values.join(",")}]` : `{${named.join(",")}}`, values };
}

async function call(form) {
  const { method, part } = form;
  const { text, values } = parameters(form);
  const button = part("button");
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true"; // a disabled button would lose the keyboard
  part(".time").textContent = "";
  const began = performance.now();
  let outcome;
  try {
    const answer = await post(`{"jsonrpc":"2.0","method":${JSON.stringify(method.name)},"params":${text},"id":1}`);
    outcome = answer.error ? { text: errorText(answer.error), failed: true } : { text: JSON.stringify(answer.result, null, 2), failed: false };
  } catch (error) {
    outcome = { text: error.message, failed: true };
  }
  button.ariaBusy = "false";
  part(".time").textContent = `${Math.round(performance.now() - began)} ms`;
  showOutcome(form, outcome, values);
}

function errorText(error) {
  const data = error.data === undefined ? "" : `\n${JSON.stringify(error.data, null, 2)}`;
  return `Error ${error.code}: ${error.message}${data}`;
}

function showOutcome({ method, part }, { text, failed }, values) {
  const result = part(".result");
  result.textContent = text;
  result.classList.toggle("failed", failed);
  const words = ["patchbay call", location.origin + rpcPath, method.name, ...values.map(shellWord)];
  part(".command code").textContent = words.join(" ");
  part(".outcome").hidden = false;
}

// shellWord quotes what a POSIX shell would take apart.
function shellWord(word) {
  return /^[\w.,:/@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

// filter shows the operations whose name holds every word that was typed.
function filter() {
  const words = byId("filter").value.toLowerCase().split(/\s+/);
  let shown = 0;
  for (const [name, { details }] of forms) {
    details.hidden = !words.every((word) => name.toLowerCase().includes(word));
    if (!details.hidden) shown++;
  }
  for (const service of document.querySelectorAll(".service")) {
    service.hidden = !service.querySelector(".operation:not([hidden])");
  }
  byId("state").textContent = `${shown} of ${forms.size} operations.`;
}

// follow opens the form that the address names, and fills it in: #example.add?[1,2]. It does not call: anybody can make a link.
function follow() {
  const [name, args] = splitOnce(decodeFragment(location.hash.slice(1)), "?");
  const form = forms.get(name);
  if (!form) return;
  form.details.open = true;
  if (args) fill(form, args);
  form.part("button").focus();
  form.details.scrollIntoView({ block: "center" });
}

function decodeFragment(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone percent sign: as it is
  }
}

function splitOnce(text, separator) {
  const i = text.indexOf(separator);
  return i < 0 ? [text, ""] : [text.slice(0, i), text.slice(i + 1)];
}

function fill({ fields, inputs }, args) {
  let values;
  try {
    values = JSON.parse(args, exactNumber);
  } catch {
    return; // somebody typed it by hand; the form is open all the same
  }
  if (!Array.isArray(values)) return;
  inputs.forEach((input, i) => {
    const own = fields[i]["x-variadic"] ? values.slice(i) : values.slice(i, i + 1);
    input.value = own.map((value) => JSON.stringify(value)).join("\n");
  });
}
