/** How this program was started, so that the hub can be started in the same way. */
export function thisProgram() {
  return { node: process.execPath, script: process.argv[1] ?? "" };
}
