import { createClient } from "../../client/client.ts";
import { runDemo } from "../../demo/demo.ts";
import { thisProgram } from "../this-program.ts";
import { EXIT } from "../exit.ts";
import { VERSION } from "../version.ts";

/** `baton demo`: the real agents ask each other, offline, in a home of their own. */
export async function demo(): Promise<number> {
  const entry = thisProgram();
  await runDemo({
    entry,
    createClient: ({ batonHome, env }) =>
      createClient({ home: batonHome, config: env["BATON_CONFIG"] ?? "", version: VERSION, entry, env }),
  });
  return EXIT.ok;
}
