import { once } from "node:events";

import { startModel } from "./server.ts";

const port = Number(process.argv[2] ?? 0);
const model = await startModel({ port });
process.stdout.write(`${model.url}\n`);
await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
await model.close();
