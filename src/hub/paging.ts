/** The `after` of the next page; null when this one was not full. */
export function nextOf(items: readonly { readonly id: string }[], limit: number): string | null {
  return items.length < limit ? null : (items.at(-1)?.id ?? null);
}
