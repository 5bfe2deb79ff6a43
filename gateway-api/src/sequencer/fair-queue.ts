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

  /**
   * Offers the first of each in turn, who has waited longest for his turn first. Whose first is not taken keeps his place and is
   * not asked again: each queue costs one refusal at most.
   */
  drain(take: (item: T) => boolean): void {
    for (let turns = [...this.#queues]; turns.length > 0; ) {
      turns = turns.filter(([from, queue]) => {
        const [first] = queue;
        if (first === undefined || !take(first)) return false;
        queue.shift();
        this.#size--;
        this.#queues.delete(from);
        if (queue.length > 0) this.#queues.set(from, queue);
        return queue.length > 0;
      });
    }
  }
}
