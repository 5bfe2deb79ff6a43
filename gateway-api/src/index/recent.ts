/** What was projected last: whoever waits for a block asks for what is in it. Two blocks' worth. */
export class Recent<T> {
  #newer = new Map<string, T>();
  #older = new Map<string, T>();

  /** The next block begins. */
  turn(): void {
    this.#older = this.#newer;
    this.#newer = new Map();
  }

  add(name: string, item: T): void {
    this.#newer.set(name, item);
  }

  get(name: string): T | undefined {
    return this.#newer.get(name) ?? this.#older.get(name);
  }

  forget(): void {
    this.#newer.clear();
    this.#older.clear();
  }
}
