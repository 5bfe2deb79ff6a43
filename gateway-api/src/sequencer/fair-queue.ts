/**
 * Many queues of which each gives one in turn: who sends much waits for himself. What one has sent keeps its order.
 */
export class FairQueue<T> {
  /** In the order of their turns. */
  readonly #queues = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(from: string, item: T): void {
    const queue = this.#queues.get(from);
    if (queue === undefined) this.#queues.set(from, [item]);
    else queue.push(item);
    this.#size++;
  }

  /** Hands out the first of each in turn, until none of the firsts is wanted. */
  drain(isWanted: (item: T) => boolean, take: (item: T) => void): void {
    for (let taken = 1; taken > 0; ) {
      taken = 0;
      for (const [from, queue] of [...this.#queues]) {
        const [first] = queue;
        if (first === undefined || !isWanted(first)) continue;
        take(first);
        taken++;
        this.#size--;
        this.#queues.delete(from);
        queue.shift();
        if (queue.length > 0) this.#queues.set(from, queue);
      }
    }
  }
}
