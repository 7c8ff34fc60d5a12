/** Things that are shared by those who need the same, for as long as somebody does. */
export class WeakCache<Value extends object> {
  private readonly known = new Map<string, WeakRef<Value>>();
  private readonly gone = new FinalizationRegistry<string>((key) => {
    if (this.known.get(key)?.deref() === undefined) this.known.delete(key);
  });

  of(key: string, make: () => Value): Value {
    const existing = this.known.get(key)?.deref();
    if (existing) return existing;
    const made = make();
    this.known.set(key, new WeakRef(made));
    this.gone.register(made, key);
    return made;
  }

  *[Symbol.iterator](): Iterator<Value> {
    for (const reference of this.known.values()) {
      const value = reference.deref();
      if (value) yield value;
    }
  }
}
