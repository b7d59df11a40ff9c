import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { rateLimitSchema, type RateLimit } from "../contracts/rate-limit.ts";
import type { Usage } from "../contracts/task.ts";
import { usageRowSchema, type UsageGroup, type UsageRow } from "../contracts/usage.ts";

const rowSchema = usageRowSchema
  .omit({ billed_to: true })
  .extend({ subscription: z.int(), api_key: z.int(), unknown: z.int() });
const sumSchema = z.object({ sum: z.number() });

const KEYS: Readonly<Record<UsageGroup, string>> = {
  task: "task",
  session: "session",
  root: "root",
  agent: "agent",
  day: "substr(at, 1, 10)",
};

/** The task that used something. */
export interface Spender {
  readonly id: string;
  readonly session: string;
  readonly root: string;
  readonly agent: string;
}

export type SpendingStore = ReturnType<typeof createSpendingStore>;

/** What tasks have used, kept when they are forgotten, and what agents tell of their allowance. */
export function createSpendingStore(database: DatabaseSync) {
  const record = database.prepare(
    `insert into spending (task, session, root, agent, at, input_tokens, cached_input_tokens, output_tokens,
       cost_usd, billed_to)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (task) do update set at = excluded.at, input_tokens = excluded.input_tokens,
       cached_input_tokens = excluded.cached_input_tokens, output_tokens = excluded.output_tokens,
       cost_usd = excluded.cost_usd, billed_to = excluded.billed_to`,
  );
  const ofRoot = database.prepare("select coalesce(sum(cost_usd), 0.0) as sum from spending where root = ?");
  const reports = Object.fromEntries(
    Object.entries(KEYS).map(([group, key]) => [
      group,
      database.prepare(
        `select ${key} as key, case when count(distinct agent) = 1 then min(agent) end as agent,
           count(*) as tasks, sum(input_tokens) as input_tokens,
           sum(cached_input_tokens) as cached_input_tokens, sum(output_tokens) as output_tokens,
           sum(cost_usd) as cost_usd, sum(billed_to = 'subscription') as subscription,
           sum(billed_to = 'api_key') as api_key, sum(billed_to = 'unknown') as unknown
         from spending where (?1 is null or at >= ?1) group by 1 order by max(at) desc limit 500`,
      ),
    ]),
  );
  const setLimit = database.prepare(
    `insert into rate_limits (agent, span, used_percent, resets_at, at) values (?, ?, ?, ?, ?)
     on conflict (agent, span) do update set used_percent = excluded.used_percent,
       resets_at = excluded.resets_at, at = excluded.at`,
  );
  const limits = database.prepare(
    `select agent, span as "window", used_percent, resets_at, at from rate_limits order by agent, span`,
  );
  const notice = database.prepare("insert or ignore into notices (name, at) values (?, ?)");
  return {
    /** Writes what a task has used so far, in the place of what stood there. */
    record({ id, session, root, agent }: Spender, at: string, usage: Usage): void {
      const { input_tokens, cached_input_tokens, output_tokens, cost_usd, billed_to } = usage;
      const tokens = [input_tokens, cached_input_tokens, output_tokens];
      record.run(id, session, root, agent, at, ...tokens, cost_usd, billed_to);
    },
    /** What the tasks of a root have cost, as far as their agents tell, in US dollars. */
    costOf: (root: string) => sumSchema.parse(ofRoot.get(root)).sum,
    /** The sums of groups, the one used last first; `since` is an ISO time. */
    report(group: UsageGroup, since: string | null): readonly UsageRow[] {
      return (reports[group]?.all(since) ?? []).map((raw) => {
        const { subscription, api_key, unknown, ...row } = rowSchema.parse(raw);
        return { ...row, billed_to: { subscription, api_key, unknown } };
      });
    },
    setRateLimit: ({ agent, window, used_percent, resets_at, at }: RateLimit) =>
      void setLimit.run(agent, window, used_percent, resets_at, at),
    rateLimits: () => limits.all().map((row) => rateLimitSchema.parse(row)),
    /** Whether something is to be said for the first time; it counts as said from then on. */
    isFirst: (name: string, at: string) => notice.run(name, at).changes > 0,
  };
}
