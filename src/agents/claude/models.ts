import type { AgentModel } from "../../contracts/agent.ts";
import type { Initialized } from "./wire.ts";

/** The models that Claude Code offers for a choice; it takes full names and those of gateways besides (2.1.330). */
export function modelsIn({ models }: Initialized): readonly AgentModel[] {
  return models.map(({ value, supportedEffortLevels }, index) => ({
    id: value,
    // The first one is what no choice gives.
    default: index === 0,
    efforts: supportedEffortLevels,
    images: null,
  }));
}
