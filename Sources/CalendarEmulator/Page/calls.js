// The control calls of the emulator. Whatever goes wrong arrives as one plain sentence.

export class Refusal extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Asks a control call below /emulator/. Parameters that are null are left out. */
export function read(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value != null));
  return send("GET", query.size ? `${path}?${query}` : path);
}

/** Changes something. Control calls take JSON and nothing else. */
export function tell(path, body = {}, method = "POST") {
  return send(method, path, {
    headers: { "Content-Type": "application/json" }, body: method === "DELETE" ? undefined : JSON.stringify(body),
  });
}

async function send(method, path, options = {}) {
  let answer, text;
  try {
    answer = await fetch("/emulator/" + path, {
      method, cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(15_000), ...options,
    });
    text = await answer.text();
  } catch {
    throw new Refusal("The emulator does not answer. Is it still running?");
  }
  let json = null;
  try {
    json = text ? JSON.parse(text) : {};
  } catch {
    throw new Refusal(`The emulator answered something that is no JSON (status ${answer.status}).`, answer.status);
  }
  if (answer.ok) return json;
  const reason = json.error?.message ?? json.error;
  throw new Refusal(typeof reason === "string" ? sentence(reason) : `The emulator answered ${answer.status}.`, answer.status);
}

/** The emulator's own words; they may begin with the name of a field, so no letter of them changes. */
const sentence = (text) => `Not done: ${text}${/[.!?]$/.test(text) ? "" : "."}`;
