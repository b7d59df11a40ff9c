import type { RpcParams } from "../contracts/rpc.ts";
import { BatonError } from "../contracts/error.ts";
import type { UsageReport } from "../contracts/usage.ts";
import type { HubState } from "./state.ts";
import type { Asker } from "./viewer.ts";

/**
 * What tasks have used and cost, and how much of their allowance the agents say is left.
 * @throws BatonError `access_denied` for whoever is no person: it is about everything that the person does
 */
export function usageReport(
  hub: HubState,
  { viewer }: Asker,
  { by, since }: RpcParams<"usage.report">,
): UsageReport {
  if (viewer.kind !== "person") {
    throw new BatonError(
      "access_denied",
      "usage is shown to a person, in a terminal that is not inside an agent",
      {
        hint: "The result of each task has its own usage.",
      },
    );
  }
  const { spending } = hub.store;
  return { items: [...spending.report(by, since)], next: null, rate_limits: [...spending.rateLimits()] };
}
