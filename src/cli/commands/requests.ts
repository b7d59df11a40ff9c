import type { Request } from "../../contracts/request.ts";
import { withoutControls } from "../../core/text.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit.ts";
import { note, print, printJson, styled } from "../output.ts";

interface Json {
  readonly json?: true;
}

/** `baton requests`: what tasks wait for. */
export async function listRequests({ client }: CommandContext, options: Json): Promise<number> {
  const { items, next } = await client.call("request.list", { task: null });
  if (options.json === true) {
    printJson({ items, next });
    return EXIT.ok;
  }
  if (items.length === 0) note("Nothing waits for an answer.");
  for (const request of items) show(request);
  return EXIT.ok;
}

function show({ id, task, kind, summary, detail, options, expires_at }: Request): void {
  print(`${styled("yellow", id)}  ${kind}  of task ${task}, until ${expires_at}`);
  print(`  ${withoutControls(summary)}`);
  for (const line of withoutControls(detail).split("\n")) print(styled("dim", `    ${line}`));
  const isDecision = options.includes("approve");
  if (!isDecision && options.length > 0) print(withoutControls(`  options: ${options.join(" · ")}`));
  print(
    isDecision ? `  baton approve ${id}    baton deny ${id}` : `  baton answer ${id} "…"    baton deny ${id}`,
  );
}

export interface Answer {
  readonly request: string;
  readonly decision: "approve" | "deny" | "answer";
  readonly text: string | null;
}

/** `baton approve`, `deny` and `answer`: the first answer counts. */
export async function answerRequest(
  { client }: CommandContext,
  answer: Answer,
  options: Json,
): Promise<number> {
  const request = await client.call("request.answer", { ...answer, via: "call" });
  if (options.json === true) printJson(request);
  else print(`${request.id}  ${withoutControls(request.answer ?? "")}  task ${request.task} goes on`);
  return EXIT.ok;
}
