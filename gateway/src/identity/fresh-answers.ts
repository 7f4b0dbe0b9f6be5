import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';

/** Revocation, suspension and changed roles take effect at most this long after they happened; see SessionWatch. */
const MAX_AGE_MS = 500;
const QUESTIONS_AT_ONCE = 500;
const KEPT = 10_000;

/** A short-lived cache of lookups. Concurrent lookups are batched, and a lookup in progress is shared. */
export class FreshAnswers<Question, Answer> {
  private readonly kept = new LRUCache<string, Promise<Answer>>({ max: KEPT, ttl: MAX_AGE_MS });
  private readonly asking = new Map<string, Promise<Answer>>();
  private readonly loader: DataLoader<Question, Answer>;

  constructor(
    private readonly keyOf: (question: Question) => string,
    answers: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  ) {
    this.loader = new DataLoader(answers, { cache: false, maxBatchSize: QUESTIONS_AT_ONCE });
  }

  /** A cached answer that is recent enough, or a new one. */
  async current(question: Question): Promise<Answer> {
    return this.kept.get(this.keyOf(question)) ?? this.ask(question);
  }

  /** A new answer. */
  ask(question: Question): Promise<Answer> {
    const key = this.keyOf(question);
    const known = this.asking.get(key);
    if (known) return known;
    const answer = this.loader.load(question).finally(() => this.asking.delete(key));
    this.asking.set(key, answer);
    this.kept.set(key, answer);
    answer.catch(() => this.kept.delete(key));
    return answer;
  }
}
