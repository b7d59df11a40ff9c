import { z } from "zod";

const definitionSchema = z.looseObject({
  command: z.string().optional().catch(undefined),
  args: z.array(z.string()).optional().catch(undefined),
});

/** Paths and package names under which Baton is started. */
const BATON = /(^|[\\/])baton(\.cmd|\.exe)?$|^baton-bridge(@|$)/;

/**
 * Whether a user's MCP server is Baton itself. An agent that Baton has started must not get it: it would ask on and on,
 * and nothing would tell that from a person's own question.
 */
export function isBatonServer(name: string, definition: unknown): boolean {
  const parsed = definitionSchema.safeParse(definition).data;
  const words = [parsed?.command ?? "", ...(parsed?.args ?? [])];
  return name === "baton" || words.some((word) => BATON.test(word));
}
