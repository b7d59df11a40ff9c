import { z } from "zod";
import type { PlanStep, ToolUse } from "../../../core/transcript.ts";
import type { RolloutItem } from "./records.ts";

/** What a call was given: JSON where it is JSON, else the text. */
export function inputOf(item: RolloutItem): unknown {
  const given = item.arguments ?? item.input ?? item.action ?? null;
  if (typeof given !== "string" || item.type === "custom_tool_call") return given;
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
}

const wordsSchema = z.union([z.string(), z.array(z.string()).min(1)]);
const commandSchema = z.union([
  z.looseObject({ cmd: wordsSchema }).transform(({ cmd }) => cmd),
  z.looseObject({ command: wordsSchema }).transform(({ command }) => command),
]);
const SHELLS = new Set(["exec_command", "shell", "shell_command", "local_shell_call", "container.exec"]);

/** The command line of a call of a shell tool, under the names that Codex has had for it; null for any other tool. */
export function commandIn(name: string, input: unknown): string | null {
  if (!SHELLS.has(name)) return null;
  const words = commandSchema.safeParse(input).data;
  return words === undefined ? null : commandLine(words);
}

/** Without the shell that Codex wraps around a command. */
export function commandLine(words: string | readonly string[]): string {
  if (typeof words === "string") return words;
  const [shell = "", flag = "", line] = words;
  return line !== undefined && words.length === 3 && /^-l?i?c$/.test(flag) && shell.endsWith("sh")
    ? line
    : words.join(" ");
}

const statusSchema = z.enum(["pending", "in_progress", "completed"]).catch("pending");
const planSchema = z.looseObject({
  plan: z.array(z.looseObject({ step: z.string(), status: statusSchema })),
});

/** The steps that `update_plan` gives; null for what is no plan. */
export function stepsIn(input: unknown): readonly PlanStep[] | null {
  const plan = planSchema.safeParse(input).data?.plan;
  return plan?.map(({ step, status }) => ({ text: step, status })) ?? null;
}

const packedSchema = z.looseObject({
  output: z.string(),
  metadata: z.looseObject({ exit_code: z.int().optional() }).optional(),
});

const EXIT = /^(?:Exit code: |Process exited with code )(-?\d+)$/m;
const HEADER = 400;
const FAILED =
  /^(unsupported call: |exec_command failed|failed to |apply_patch verification failed|tool call error|execution error|aborted by user|write_stdin failed)/;
const DENIED = /^(exec command )?rejected by user|approval policy is never|rejected: blocked by policy/i;

/** How a tool's output, as the model was shown it, says that it ended; where it says nothing it went well. */
export function outcomeIn(shown: string): { readonly text: string; readonly outcome: ToolUse["outcome"] } {
  const packed = packedSchema.safeParse(parsed(shown)).data;
  const text = packed?.output ?? shown;
  const code = packed?.metadata?.exit_code ?? exitCodeIn(text);
  if (DENIED.test(text.slice(0, HEADER))) return { text, outcome: "denied" };
  if (code !== null) return { text, outcome: code === 0 ? "ok" : "failed" };
  return { text, outcome: FAILED.test(text) ? "failed" : "ok" };
}

function exitCodeIn(text: string): number | null {
  const code = EXIT.exec(text.slice(0, HEADER))?.[1];
  return code === undefined ? null : Number(code);
}

function parsed(text: string): unknown {
  if (!text.startsWith("{")) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
