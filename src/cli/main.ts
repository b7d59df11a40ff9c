import { mcpOptionsIn } from "./mcp-arguments.ts";

// An agent waits about a second for its servers, so `baton mcp` starts without the command line's parser.
const mcp = mcpOptionsIn(process.argv.slice(2));
if (mcp === null) {
  await (await import("./command-line.ts")).runCommandLine();
} else {
  const { serve } = await import("./commands/mcp.ts");
  process.exitCode = await serve(mcp).catch(async (error: unknown) =>
    (await import("./explain.ts")).explain(error),
  );
}
