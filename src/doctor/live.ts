import { taskSchema } from "../contracts/task.ts";
import type { Finding } from "../contracts/finding.ts";
import { execute } from "../process/execute.ts";
import { fail, ok } from "./finding.ts";
import { sentence } from "./machine-findings.ts";

/** The task ends by itself before the command does. */
const TASK_LIMIT = "3m";
const LIMIT_MS = 200_000;
const PROMPT = "Reply with the single word pong.";

export interface LiveRequest {
  readonly agent: string;
  readonly title: string;
  readonly self: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A whole round trip by `baton ask`, with the user's own model, which costs a few tokens. */
export async function tryLive({ agent, title, self, cwd, env }: LiveRequest): Promise<Finding> {
  const started = performance.now();
  const argv = [...self, "ask", agent, PROMPT, "--timeout", TASK_LIMIT, "--json"] as const;
  const { stdout, stderr } = await execute({
    argv: [self[0], ...argv.slice(1)],
    cwd,
    env,
    limitMs: LIMIT_MS,
  });
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  const task = taskSchema.safeParse(parsed(stdout)).data;
  if (task?.status === "completed") {
    const { usage } = task;
    const tokens = usage === null ? "" : `, ${usage.input_tokens} tokens in and ${usage.output_tokens} out`;
    return ok(`${agent}_live`, `${title} answered after ${seconds} s${tokens}.`);
  }
  const why = task?.error?.message ?? errorIn(stdout) ?? stderr.trim().split("\n").at(-1) ?? "";
  return fail(
    `${agent}_live_failed`,
    `${title} did not answer: ${sentence(why === "" ? "it said nothing" : why)}`,
  );
}

function errorIn(stdout: string): string | null {
  const value = parsed(stdout) as { readonly error?: { readonly message?: unknown } } | null;
  return typeof value?.error?.message === "string" ? value.error.message : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
