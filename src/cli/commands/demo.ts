import { runDemo } from "../../demo/demo.ts";
import { shellClient } from "../context.ts";
import { EXIT } from "../exit.ts";
import { thisProgram } from "../this-program.ts";

/** `baton demo`: the real agents ask each other, offline, in a home of their own. */
export async function demo(): Promise<number> {
  const entry = thisProgram();
  await runDemo({
    entry,
    createClient: ({ batonHome, env }) =>
      shellClient({ home: batonHome, config: env["BATON_CONFIG"] ?? "", env }),
  });
  return EXIT.ok;
}
