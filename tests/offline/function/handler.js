// A function behind a WebSocket API as people write them. It knows nothing of who runs it: it writes down every event that it is handed,
// a line each, and does what clients ask for.
import { appendFileSync } from "node:fs";

const { EVENTS, AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: callback } = process.env;

export async function handler(event) {
  appendFileSync(EVENTS, JSON.stringify(event) + "\n");
  const { eventType, connectionId } = event.requestContext;
  if (eventType === "CONNECT") return connect(event);
  if (eventType === "DISCONNECT") return { statusCode: 200 };
  const [verb, rest] = event.body.split(/ (.*)/s);
  switch (verb) {
    case "echo":
      return { statusCode: 200, body: rest };
    case "fail":
      throw new Error("on purpose");
    case "nothing":
      return undefined;
    case "post":
      return { statusCode: 200, body: `POST: ${await ask("POST", connectionId, rest)}` };
    default:
      return { statusCode: 200 };
  }
}

function connect(event) {
  const { deny, protocol, post } = event.queryStringParameters ?? {};
  if (deny) return { statusCode: 401 };
  if (post) return ask("POST", event.requestContext.connectionId, "early").then((status) => ({ statusCode: status === 410 ? 200 : 500 }));
  if (protocol) return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": protocol } };
  return { statusCode: 200 };
}

// ask does what AWS's client would, with a signature that nobody checks, and returns the status.
async function ask(method, id, body) {
  const authorization =
    "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=00";
  const answer = await fetch(`${callback}/@connections/${encodeURIComponent(id)}`, { method, body, headers: { authorization } });
  return answer.status;
}
