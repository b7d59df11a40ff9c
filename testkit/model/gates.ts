/** Names that held answers wait for. A name stays released, so it does not matter who comes first. */
export class Gates {
  readonly #gates = new Map<string, PromiseWithResolvers<void>>();

  release(name: string): void {
    this.#gate(name).resolve();
  }

  async released(name: string): Promise<void> {
    await this.#gate(name).promise;
  }

  #gate(name: string): PromiseWithResolvers<void> {
    const gate = this.#gates.get(name) ?? Promise.withResolvers<void>();
    this.#gates.set(name, gate);
    return gate;
  }
}
