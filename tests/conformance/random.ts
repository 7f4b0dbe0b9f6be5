/** A number in [0, 1) that depends on the text only (FNV-1a, then mixed). */
export function chanceOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** A whole number in [0, below) that depends on the text only. */
export const numberOf = (text: string, below: number): number => Math.floor(chanceOf(text) * below);

/** Choices that follow from a seed. */
export class Choices {
  private made = 0;

  constructor(private readonly seed: string) {}

  number(below: number): number {
    return numberOf(`${this.seed}/${this.made++}`, below);
  }

  chance(probability: number): boolean {
    return chanceOf(`${this.seed}/${this.made++}`) < probability;
  }

  of<T>(values: readonly T[]): T {
    return values[this.number(values.length)]!;
  }

  some<T>(values: readonly T[], probability = 0.5): T[] {
    return values.filter(() => this.chance(probability));
  }
}
