/** Keeps the values that were put in last. */
export class Latest<T> {
  #kept = new Map<string, T>()
  #most: number

  constructor(most: number) {
    this.#most = most
  }

  get(key: string): T | null {
    return this.#kept.get(key) ?? null
  }

  set(key: string, value: T): void {
    this.#kept.delete(key)
    this.#kept.set(key, value)
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) break
      this.#kept.delete(oldest)
    }
  }

  clear(): void {
    this.#kept.clear()
  }
}
