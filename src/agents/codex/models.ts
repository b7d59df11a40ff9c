import { z } from "zod";

import type { AgentModel } from "../../contracts/agent.ts";
import type { RpcPeer } from "./rpc.ts";

const listSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      isDefault: z.boolean().nullish(),
      inputModalities: z.array(z.string()).nullish().catch(null),
      supportedReasoningEfforts: z.array(z.looseObject({ reasoningEffort: z.string() })).catch([]),
    }),
  ),
  nextCursor: z.string().nullish(),
});

/** A list that goes on for longer is no list of models. */
const MOST_PAGES = 20;

/**
 * The models that this Codex knows (`model/list` of Codex 0.169.0), without a call of one.
 * @throws RpcError where it has no such list
 */
export async function listModels(
  peer: Pick<RpcPeer, "request">,
  which: "shown" | "all",
): Promise<readonly AgentModel[]> {
  const models: AgentModel[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const params: Readonly<Record<string, unknown>> = { includeHidden: which === "all", cursor };
    const { data, nextCursor } = await peer.request("model/list", params, listSchema);
    models.push(...data.map(modelOf));
    if (nextCursor === null || nextCursor === undefined) break;
    cursor = nextCursor;
  }
  return models;
}

function modelOf(model: z.infer<typeof listSchema>["data"][number]): AgentModel {
  return {
    id: model.id,
    default: model.isDefault === true,
    efforts: model.supportedReasoningEfforts.map(({ reasoningEffort }) => reasoningEffort),
    images: model.inputModalities?.includes("image") ?? null,
  };
}
