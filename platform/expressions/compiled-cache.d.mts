export interface CompiledCache<T> {
  has(text: string): boolean;
  /** Compiles what is not there. */
  get(text: string): T;
}

export declare function compiledCache<T extends object>(compile: (text: string) => T): CompiledCache<T>;
