import { createHash } from "node:crypto";

import type { ModelRequest, Turn } from "./conversation.ts";
import { scriptIn, type Step } from "./script.ts";

/** What to do with prompts that carry no SCRIPT: the first rule that fits gives the steps. */
export interface Rule {
  /** In the prompt. */
  when: RegExp | string;
  /** Only requests for such a model: several agents that are given the same prompt can be told apart by it. */
  model?: RegExp;
  /** Anywhere in the request, such as in what the agent has read from an instruction file. */
  told?: string;
  steps: Step[];
}

/** Chooses the step for each request. It remembers nothing but how often a request was failed on purpose. */
export class Plan {
  readonly #rules: readonly Rule[];
  readonly #failures = new Map<string, number>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /** The step that answers this request. Throws ScriptError when the prompt's SCRIPT is no list of steps. */
  stepFor(request: ModelRequest, turn: Turn, body = ""): Step {
    if (request.side) return { say: request.schema === undefined ? "ok" : sampleOf(request.schema) };
    const steps = scriptIn(turn.prompt) ?? this.#ruledSteps(request, turn.prompt, body);
    return this.#pendingFailure(steps, request, turn) ?? answering(steps)[turn.rounds] ?? { say: "done" };
  }

  #ruledSteps({ model }: ModelRequest, prompt: string, body: string): Step[] {
    const rule = this.#rules.find(
      ({ when, told = "", model: only }) =>
        body.includes(told) &&
        only?.test(model) !== false &&
        (typeof when === "string" ? prompt.includes(when) : when.test(prompt)),
    );
    return rule?.steps ?? [{ say: `You said: ${prompt}` }];
  }

  #pendingFailure(steps: Step[], request: ModelRequest, turn: Turn): Step | undefined {
    const failures = failuresBefore(steps, turn.rounds);
    if (failures.length === 0) return undefined;
    // An agent's retry sends the same conversation again: that is what counts as the same request.
    const key = createHash("sha256")
      .update(request.session)
      .update(JSON.stringify(request.entries))
      .digest("hex");
    const seen = this.#failures.get(key) ?? 0;
    this.#failures.set(key, seen + 1);
    return failures[seen];
  }
}

/** The steps that answer; a step that fails only so many times stands before the one it delays. */
function answering(steps: readonly Step[]): Step[] {
  return steps.filter((step) => timesOf(step) === 0);
}

/** The failures before the answer of this round, one for each request that fails. */
function failuresBefore(steps: readonly Step[], round: number): Step[] {
  let answered = 0;
  const failures: Step[] = [];
  for (const step of steps) {
    const times = timesOf(step);
    if (times === 0) answered += 1;
    else if (answered === round) failures.push(...Array.from({ length: times }, () => step));
  }
  return failures;
}

function timesOf(step: Step): number {
  return "fail" in step ? (step.fail.times ?? 0) : 0;
}

/** The smallest JSON text that follows a schema of the kind the agents' side requests use. */
function sampleOf(schema: unknown): string {
  return JSON.stringify(sampleValue(schema));
}

function sampleValue(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null) return "ok";
  if ("enum" in schema && Array.isArray(schema.enum)) return schema.enum[0] as unknown;
  // Gemini CLI writes types in capitals.
  const type = "type" in schema ? String(schema.type).toLowerCase() : undefined;
  if (type === "object" && "properties" in schema) {
    const properties = Object.entries(schema.properties as Record<string, unknown>);
    return Object.fromEntries(properties.map(([name, property]) => [name, sampleValue(property)]));
  }
  if (type === "array") return [];
  if (type === "boolean") return false;
  if (type === "number" || type === "integer") return 1;
  return "ok";
}
