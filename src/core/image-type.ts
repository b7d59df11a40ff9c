import type { ImageType } from "../contracts/attachment.ts";

/** How files of each kind begin, by byte; null stands for any. */
const BEGINNINGS: readonly (readonly [ImageType, readonly (number | null)[]])[] = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/gif", [0x47, 0x49, 0x46, 0x38, null, 0x61]],
  ["image/webp", [0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x45, 0x42, 0x50]],
];

/** What kind of image a file is, by its content; null for none that models take. */
export function imageTypeOf(content: Uint8Array): ImageType | null {
  const found = BEGINNINGS.find(([, bytes]) =>
    bytes.every((byte, at) => (byte === null ? at < content.length : content[at] === byte)),
  );
  return found?.[0] ?? null;
}
