import type { Usage } from "../../contracts/task.ts";
import type { Account, Result } from "./wire.ts";

/** Who pays, from what Claude Code 2.1.330 says of the login it found. */
export function billedTo(account: Account): Usage["billed_to"] {
  if (
    account.apiProvider !== null &&
    account.apiProvider !== undefined &&
    account.apiProvider !== "firstParty"
  )
    return "unknown";
  if (isSet(account.apiKeySource)) return "api_key";
  // A bearer token belongs to whatever gateway it was made for.
  if (account.tokenSource === "ANTHROPIC_AUTH_TOKEN") return "unknown";
  return isSet(account.subscriptionType) || isSet(account.tokenSource) ? "subscription" : "unknown";
}

function isSet(value: string | null | undefined): boolean {
  return value !== null && value !== undefined && value !== "" && value !== "none";
}

/** What one turn used, over all models that worked in it; null when Claude Code does not say. */
export function usageOf(result: Result, billed_to: Usage["billed_to"]): Usage | null {
  const used = result.model_usage_since_last_result;
  if (used === null || used === undefined) return null;
  const models = Object.values(used);
  const sum = (count: (model: (typeof models)[number]) => number) =>
    models.reduce((total, model) => total + count(model), 0);
  const costs = models.flatMap(({ costUSD }) => costUSD ?? []);
  return {
    // Claude counts what it reads from and writes to the cache apart from the rest.
    input_tokens: sum(
      (model) => model.inputTokens + model.cacheReadInputTokens + model.cacheCreationInputTokens,
    ),
    cached_input_tokens: sum((model) => model.cacheReadInputTokens),
    output_tokens: sum((model) => model.outputTokens),
    cost_usd: costs.length === models.length ? costs.reduce((total, cost) => total + cost, 0) : null,
    billed_to,
  };
}

/** What several results of one turn used together. */
export function usageOfAll(results: readonly Result[], billed_to: Usage["billed_to"]): Usage | null {
  const used = results.flatMap((result) => usageOf(result, billed_to) ?? []);
  const [first, ...rest] = used;
  if (first === undefined) return null;
  return rest.reduce((sum, usage) => addedUp(sum, usage), first);
}

function addedUp(one: Usage, other: Usage): Usage {
  return {
    input_tokens: one.input_tokens + other.input_tokens,
    cached_input_tokens: one.cached_input_tokens + other.cached_input_tokens,
    output_tokens: one.output_tokens + other.output_tokens,
    cost_usd: one.cost_usd === null || other.cost_usd === null ? null : one.cost_usd + other.cost_usd,
    billed_to: one.billed_to,
  };
}
