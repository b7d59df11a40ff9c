import { lineOf, readerOf } from "./native-files.ts";

// Reads one conversation in a process of its own and says how much memory that took: `<agent> <home> <file>`.
const [agent = "", home = "", wanted = ""] = process.argv.slice(2);
const { files } = await readerOf(agent).find({ HOME: home });
const file = files.find((one) => one.file === wanted);
if (file === undefined) throw new Error(`${wanted} is not found`);
const transcript = await readerOf(agent).read(file);
let items = 0;
let first = "";
let last = "";
for await (const item of transcript.items()) {
  items += 1;
  last = lineOf(item);
  if (items === 1) first = last;
}
const left = Object.fromEntries(transcript.leftOut().map(({ what, count }) => [what, count]));
const mb = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ items, first: first.slice(0, 80), last: last.slice(0, 80), left, mb }));
