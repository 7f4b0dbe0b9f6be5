import type { Claim, Claimed } from './claim-store.ts';
import type { Provider } from './provider-store.ts';
import type { ProviderPlan } from './providers.ts';

const MAX_CLAIMED_AT_ONCE = 50;
/** After a claim that failed, e.g. while the database restarts. */
const ERROR_WAIT_MS = 1_000;

export interface LaneParts {
  readonly plan: () => Promise<ProviderPlan>;
  readonly claim: (provider: Provider, max: number) => Promise<Claimed>;
  /** Never rejects. */
  readonly deliver: (claim: Claim, plan: ProviderPlan) => Promise<void>;
  /** What a plan was made for has ended. */
  readonly ended: (plan: ProviderPlan) => void;
  readonly onError: (error: unknown) => void;
  readonly concurrency: number;
}

/**
 * Sends the notifications of a channel within its limits. Woken by hints. While it knows of further work it continues without
 * hints: at once when messages have ended, or when the rate limit allows the next ones.
 */
export class Lane {
  private underWay = 0;
  private wanted = false;
  private looping: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private readonly onIdle: (() => void)[] = [];

  constructor(private readonly parts: LaneParts) {}

  /** Resolves when what could be begun has been begun. */
  wake(): Promise<void> {
    this.wanted = true;
    return (this.looping ??= this.loop().finally(() => (this.looping = undefined)));
  }

  /** Begins nothing any more. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.looping;
    if (this.underWay > 0) await new Promise<void>((resolve) => this.onIdle.push(resolve));
  }

  private async loop(): Promise<void> {
    while (this.wanted && !this.stopped && this.underWay < this.parts.concurrency) {
      this.wanted = false;
      try {
        await this.begin();
      } catch (error) {
        this.parts.onError(error);
        this.wakeIn(ERROR_WAIT_MS);
      }
    }
  }

  private async begin(): Promise<void> {
    const plan = await this.parts.plan();
    if (plan.providers.length === 0) return;
    if (!plan.first) return this.wakeIn(plan.retryInMs ?? ERROR_WAIT_MS);
    const free = Math.min(this.parts.concurrency - this.underWay, MAX_CLAIMED_AT_ONCE);
    const { claims, more, retryInMs } = await this.claim(plan, plan.first, plan.probing ? 1 : free);
    for (const claim of claims) this.run(claim, plan);
    if (retryInMs !== null) this.wakeIn(retryInMs);
    // Others do not wait for the one message that finds out whether a provider works again.
    if (more) this.wanted = true;
  }

  private async claim(plan: ProviderPlan, provider: Provider, max: number): Promise<Claimed> {
    let begun = 0;
    try {
      const claimed = await this.parts.claim(provider, max);
      begun = claimed.claims.length;
      return claimed;
    } finally {
      if (begun === 0) this.parts.ended(plan);
    }
  }

  private run(claim: Claim, plan: ProviderPlan): void {
    this.underWay += 1;
    void this.parts.deliver(claim, plan).finally(() => {
      this.underWay -= 1;
      this.parts.ended(plan);
      if (this.underWay === 0) for (const resolve of this.onIdle.splice(0)) resolve();
      // Others that end in the same turn, as they are settled together, make room for one claim.
      if (this.wanted || plan.probing) setImmediate(() => void this.wake());
    });
  }

  private wakeIn(ms: number): void {
    clearTimeout(this.timer);
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.wake(), Math.min(ms, 60_000));
  }
}
