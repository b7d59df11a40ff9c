import type { AgentRequest, RequestAnswer } from "../driver.ts";

/** A request of the app-server as a person sees it: one question after the other, mostly just one. */
export interface Asked {
  readonly requests: readonly AgentRequest[];
  /** What Codex is answered, given an answer to each of them; null is a no. */
  readonly reply: (answers: readonly RequestAnswer[]) => unknown;
}

/** Something that a yes alone decides, and what Codex is answered then. */
export function decision(request: Omit<AgentRequest, "options" | "takes">, approval: unknown): Asked {
  return {
    requests: [{ ...request, options: [], takes: "decision" }],
    reply: ([answer]) => (answer?.decision === "approve" ? approval : null),
  };
}
