import type { Abilities, Agent, AgentModel } from "../../contracts/agent.ts";
import { EXIT_CODE_BY_ERROR } from "../../contracts/error.ts";
import { withoutControls } from "../../core/text.ts";
import { probeAgents } from "../../doctor/doctor.ts";
import { listed } from "../../doctor/listing.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit.ts";
import { note, noteError, print, printJson, printTable, styled } from "../output.ts";
import { surgeryFor } from "./doctor.ts";

/** `baton agents`: what is installed and what it can do, as it says itself. */
export async function listAgents(
  context: CommandContext,
  agents: readonly string[],
  { json }: { readonly json?: true },
): Promise<number> {
  const { surgery, config } = await surgeryFor(context, () => false);
  const { error } = surgery.config;
  if (error !== null) noteError(error);
  const facts = await probeAgents(surgery, agents, "lean");
  const items = facts.map((one) => listed(one, config.access.max));
  if (json === true) printJson({ items, next: null });
  else if (agents.length === 0) showAll(items);
  else for (const item of items) showOne(item);
  const isMissed = agents.length > 0 && items.some((item) => item.error !== null);
  return isMissed ? EXIT_CODE_BY_ERROR.agent_unavailable : EXIT.ok;
}

function showAll(items: readonly Agent[]): void {
  printTable([["agent", "version", "login", "billed to", "access", "models"], ...items.map(rowOf)]);
  for (const { agent, installed, error } of items) {
    if (installed && error !== null) note(withoutControls(`${agent}: ${error.message}`));
  }
}

function rowOf(item: Agent): readonly string[] {
  if (!item.installed) return [item.agent, "not installed"];
  return [
    item.agent,
    item.version ?? "unknown",
    item.login ?? "none",
    item.billed_to,
    item.access.flatMap(({ level, allowed }) => (allowed ? level : [])).join(","),
    item.models.map(({ id }) => id).join(", "),
  ].map((cell) => withoutControls(cell));
}

function showOne(item: Agent): void {
  print(styled("bold", withoutControls(`${item.title} ${item.version ?? ""}`.trimEnd())));
  if (item.error !== null) noteError(item.error);
  if (!item.installed) return;
  const rows = [
    ["program", item.path ?? "unknown"],
    ["login", `${item.login ?? "none"} (billed to: ${item.billed_to})`],
    ...named("models", item.models.map(modelLine)),
    ...(item.abilities === null ? [] : [["can", canLine(item.abilities)]]),
    ...item.access.map(({ level, held_by, means, allowed }) => [
      level,
      `held by ${held_by}: ${means}${allowed ? "" : " Not allowed by [access] max."}`,
    ]),
  ];
  printTable(rows.map((row) => ["", ...row.map((cell) => withoutControls(cell))]));
}

/** Lines below one name. */
function named(name: string, lines: readonly string[]): readonly (readonly string[])[] {
  return lines.map((line, at) => [at === 0 ? name : "", line]);
}

function modelLine({ id, efforts, images, ...model }: AgentModel): string {
  const effort = efforts.length === 0 ? [] : [`effort ${efforts.join(", ")}`];
  const notes = [
    ...(model.default ? ["default"] : []),
    ...effort,
    ...(images === false ? ["no images"] : []),
  ];
  return notes.length === 0 ? id : `${id} (${notes.join("; ")})`;
}

function canLine(abilities: Abilities): string {
  return Object.entries(abilities)
    .flatMap(([name, has]) => (has ? name : []))
    .join(", ");
}
