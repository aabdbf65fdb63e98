// Who may connect: everybody but who asks with "?token=wrong", and with "?token=none" nobody knows who it is.
export async function handler(event) {
  const token = event.queryStringParameters?.token ?? "right";
  if (token === "none") throw new Error("Unauthorized");
  const statement = { Action: "execute-api:Invoke", Effect: token === "wrong" ? "Deny" : "Allow", Resource: event.methodArn };
  return { principalId: "joe", policyDocument: { Version: "2012-10-17", Statement: [statement] }, context: { level: 7 } };
}
