/** One thing said in the conversation that an agent sent, whichever API it speaks. */
export type Entry =
  | { role: "user"; text: string }
  | { role: "assistant"; text: string }
  | { role: "call"; id: string; name: string; input: string }
  | { role: "tool"; id: string; text: string };

/** A model request, read from either API. */
export interface ModelRequest {
  model: string;
  /** The agent's own name for the conversation: Codex's thread id, Claude's session id. */
  session: string;
  /** The agent asks for itself (a title, a quota probe, a summary), not for its user's turn. */
  side: boolean;
  /** The agent wants server-sent events, not one JSON body. */
  stream: boolean;
  /** The JSON schema that the answer's text has to follow. */
  schema: unknown;
  entries: Entry[];
  /** Names of the tools that are offered, where an API's agents name theirs differently. */
  offered?: readonly string[];
}

/** The newest thing the user said and what followed it. */
export interface Turn {
  prompt: string;
  /** Requests of this turn that were answered with tool calls. */
  rounds: number;
  /** The newest tool result of the turn, as the model is shown it. */
  toolResult: string | undefined;
}

/** Finds the turn that a request belongs to; the prompt is empty when the user has said nothing. */
export function turnOf(entries: readonly Entry[]): Turn {
  const start = entries.findLastIndex((entry) => entry.role === "user");
  const opening = entries[start];
  const since = entries.slice(start + 1);
  const rounds = new Set(since.filter((entry) => entry.role === "call").map((call) => roundOf(call.id)));
  return {
    prompt: opening?.role === "user" ? opening.text : "",
    rounds: rounds.size,
    toolResult: since.findLast((entry) => entry.role === "tool")?.text,
  };
}

/** The id of the `index`-th call of an answer; tells later which calls were made together. */
export function callId(answer: string, index: number): string {
  return `call_${answer}_${index}`;
}

function roundOf(id: string): string {
  return /^call_.*_\d+$/.test(id) ? id.slice(0, id.lastIndexOf("_")) : id;
}

/** The conversation as one line per entry, `role: text`, line breaks written as `\n`. */
export function quoted(entries: readonly Entry[]): string {
  return entries
    .map((entry) =>
      entry.role === "call" ? `call: ${entry.name} ${entry.input}` : `${entry.role}: ${entry.text}`,
    )
    .map((line) => line.replaceAll("\n", "\\n"))
    .join("\n");
}
