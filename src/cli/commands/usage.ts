import type { UsageGroup, UsageReport, UsageRow } from "../../contracts/usage.ts";
import { withoutControls } from "../../core/text.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit.ts";
import { longDurationOption } from "../options.ts";
import { note, print, printJson, printTable } from "../output.ts";

export interface UsageOptions {
  readonly by: UsageGroup;
  readonly since?: string;
  readonly json?: true;
}

/** `baton usage`: what tasks have used and cost. */
export async function usage({ client }: CommandContext, options: UsageOptions): Promise<number> {
  const span = longDurationOption("--since", options.since);
  const since = span === null ? null : new Date(Date.now() - span).toISOString();
  const report = await client.call("usage.report", { by: options.by, since });
  if (options.json === true) printJson(report);
  else show(report, options.by);
  return EXIT.ok;
}

function show({ items, rate_limits }: UsageReport, by: UsageGroup): void {
  if (items.length === 0) note("Nothing was used yet.");
  else {
    const heading = [by, "agent", "tasks", "input", "cached", "output", "cost", "billed to"];
    printTable([heading, ...items.map(rowOf)]);
    if (items.some(({ cost_usd }) => cost_usd === null))
      note("Cost is what the agents tell; Codex tells none.");
  }
  for (const { agent, window, used_percent, resets_at } of rate_limits) {
    const used = used_percent === null ? "unknown" : `${Math.round(used_percent)} % used`;
    const until = resets_at === null ? "" : `, anew at ${resets_at}`;
    print(withoutControls(`limit of ${agent} (${window}): ${used}${until}`));
  }
}

function rowOf(row: UsageRow): readonly string[] {
  const tokens = [row.input_tokens, row.cached_input_tokens, row.output_tokens];
  const cost = row.cost_usd === null ? "-" : `$${row.cost_usd.toFixed(4)}`;
  const billed = Object.entries(row.billed_to)
    .filter(([, count]) => count > 0)
    .map(([account, count]) => `${account} ${count}`);
  return [
    withoutControls(row.key),
    row.agent ?? "several",
    String(row.tasks),
    ...tokens.map((count) => count.toLocaleString("en-US")),
    cost,
    billed.join(", "),
  ];
}
