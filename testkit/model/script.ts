import { z } from "zod";

import { jsonSpanAt } from "./json-span.ts";

/** Token counts of one answer; `input` includes the `cached` ones. What is left out is estimated from the text. */
export const usageSchema = z.strictObject({
  input: z.int().nonnegative().optional(),
  cached: z.int().nonnegative().optional(),
  output: z.int().nonnegative().optional(),
});

/** A tool that the agent has built in. A string `input` makes it a freeform call (Codex 0.169.0: `apply_patch`). */
const callSchema = z.strictObject({
  name: z.string().min(1),
  /** Codex groups some tools, such as those for sub-agents: `multi_agent_v1`. */
  namespace: z.string().min(1).optional(),
  input: z.union([z.string(), z.record(z.string(), z.json())]),
});

/** A tool of an MCP server that the agent is configured with, by the server's name in that configuration. */
const mcpSchema = z.strictObject({
  server: z.string().min(1),
  tool: z.string().min(1),
  arguments: z.record(z.string(), z.json()).default({}),
});

/** A command for the agent's own shell tool, whatever the agent calls it. */
const shellSchema = z.string().min(1);

const anyStep = {
  usage: usageSchema.optional(),
  /** The answer is opened, then held until this name is released. */
  wait_for: z.string().min(1).optional(),
  reasoning: z.string().optional(),
  /** HTTP headers of the answer, such as those by which a vendor tells how much of an allowance is used. */
  headers: z.record(z.string(), z.string()).optional(),
};

const pace = {
  /** Characters per streamed piece. */
  chunk: z.int().positive().optional(),
  /** Milliseconds between two pieces. */
  delay_ms: z.int().nonnegative().optional(),
};

/** What the agent says before it calls its tools. */
const preface = { say: z.string().optional() };

const toolSchema = z.union([
  z.strictObject({ call: callSchema }),
  z.strictObject({ mcp: mcpSchema }),
  z.strictObject({ shell: shellSchema }),
]);

/** One answer of the model. */
export const stepSchema = z.union([
  z.strictObject({ ...anyStep, ...pace, say: z.string() }),
  z.strictObject({ ...anyStep, ...pace, say_characters: z.int().positive() }),
  z.strictObject({ ...anyStep, ...preface, call: callSchema }),
  z.strictObject({ ...anyStep, ...preface, mcp: mcpSchema }),
  z.strictObject({ ...anyStep, ...preface, shell: shellSchema }),
  z.strictObject({ ...anyStep, ...preface, parallel: z.array(toolSchema).min(1) }),
  z.strictObject({
    fail: z.strictObject({
      status: z.int().min(400).max(599),
      message: z.string().optional(),
      headers: z.record(z.string(), z.string()).optional(),
      /** What the Gemini API adds to an error: which allowance is used up, when to try again. */
      details: z.array(z.json()).optional(),
      /** The whole body of the answer, in place of the API's usual form with the message in it. */
      body: z.json().optional(),
      /** How many requests fail before the step after this one is performed; always, when left out. */
      times: z.int().positive().optional(),
    }),
  }),
  z.strictObject({ hang: z.literal(true) }),
  z.strictObject({ ...anyStep, ...pace, cut: z.string() }),
  z.strictObject({ ...anyStep, history: z.literal(true) }),
  z.strictObject({ ...anyStep, tool_result: z.literal(true) }),
]);

export type Step = z.infer<typeof stepSchema>;
export type Tool = z.infer<typeof toolSchema>;

/** A prompt carries a SCRIPT that is JSON but not a list of steps. */
export class ScriptError extends Error {}

/**
 * The steps of the last `SCRIPT [...]` in a prompt, undefined when it has none.
 * A SCRIPT inside the JSON of another one is that one's data; one that is no JSON is ordinary text.
 */
export function scriptIn(prompt: string): Step[] | undefined {
  const opening = /\bSCRIPT\s*(?=\[)/g;
  let found: unknown;
  for (let match = opening.exec(prompt); match !== null; match = opening.exec(prompt)) {
    const span = jsonSpanAt(prompt, opening.lastIndex);
    const value = span === undefined ? undefined : parsed(span);
    if (span === undefined || value === undefined) continue;
    found = value;
    opening.lastIndex += span.length;
  }
  if (found === undefined) return undefined;
  const steps = z.array(stepSchema).safeParse(found);
  if (!steps.success)
    throw new ScriptError(`the SCRIPT is no list of steps: ${z.prettifyError(steps.error)}`);
  return steps.data;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
