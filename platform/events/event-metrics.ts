import { Counter, Gauge, type Registry } from 'prom-client';
import type { RelayRound } from './relay-round.ts';

export interface RelayMetrics {
  observe(round: RelayRound): void;
  /** A round failed: what is pending stays pending. */
  failed(): void;
  remove(): void;
}

const counter = (registry: Registry, name: string, help: string, labelNames: string[]): Counter =>
  (registry.getSingleMetric(name) as Counter | undefined) ??
  new Counter({ name, help, labelNames, registers: [registry] });

const gauge = (registry: Registry, name: string, help: string, labelNames: string[]): Gauge =>
  (registry.getSingleMetric(name) as Gauge | undefined) ?? new Gauge({ name, help, labelNames, registers: [registry] });

/** Figures of one domain's relay; several relays share the metrics, told apart by the label `domain`. */
export function relayMetrics(registry: Registry | undefined, domain: string): RelayMetrics {
  if (!registry) return { observe: () => undefined, failed: () => undefined, remove: () => undefined };
  const published = counter(registry, 'events_published_total', 'Events handed to the bus.', ['domain']);
  const failures = counter(registry, 'events_relay_failures_total', 'Rounds of the relay that failed.', ['domain']);
  const lag = gauge(
    registry,
    'events_outbox_lag_seconds',
    'Age of the oldest event not handed to the bus yet, as of the last round.',
    ['domain'],
  );
  let failingSince: number | undefined;
  return {
    observe(round) {
      failingSince = undefined;
      published.inc({ domain }, round.published);
      lag.set({ domain }, round.pendingSince ? Math.max(0, Date.now() - round.pendingSince.getTime()) / 1_000 : 0);
    },
    failed() {
      failures.inc({ domain });
      failingSince ??= Date.now();
      lag.set({ domain }, (Date.now() - failingSince) / 1_000);
    },
    remove: () => lag.remove({ domain }),
  };
}

/** Number of listeners and subscribers of this process, read when the metrics are asked for. */
export function gaugeOf(registry: Registry | undefined, name: string, help: string, read: () => number): void {
  if (!registry || registry.getSingleMetric(name)) return;
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
